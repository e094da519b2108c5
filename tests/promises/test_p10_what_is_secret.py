"""What is taken for a secret: by its name, word by word, and by its shape; and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from Lutil.checkpoints.fingerprint import preview
from Lutil.checkpoints.model.secrets._redaction import redacted, without_password, without_shapes
from Lutil.checkpoints.model.secrets._secret_code import redacted_code
from Lutil.checkpoints.model.secrets._secret_names import names_secret, path_names_secret

SECRET = """
    password passwd pwd pw passphrase passcode secret secrets credential credentials creds token auth authorization
    bearer cookie cookies dsn jwt otp oauth apikey api_key apiKey API_KEY ApiKey APIKey api-key x-api-key X-API-Key
    X_API_KEY openai_api_key OPENAI_API_KEY apiKey2 api_key_2 api_keys private_key privateKey PRIVATE_KEY rsa_private_key
    access_key AWS_ACCESS_KEY_ID aws_secret_access_key AWS_SESSION_TOKEN secret_key SECRET_KEY signing_key encryption_key
    master_key account_key ssh_key client_secret clientSecret CLIENTSECRET app_secret access_token accessToken
    refresh_token id_token auth_token authToken X-Auth-Token csrf_token csrftoken session_token sas_token bot_token
    HF_TOKEN GITHUB_TOKEN token2 my_token user_token tokenValue token_value access_tokens db_password dbPassword
    DBPASSWORD MYSQL_PWD PGPASSWORD userpwd password_hash password1 new_password old_password smtp_pass db_pass
    Authorization Proxy-Authorization Cookie Set-Cookie session_cookie connection_string ConnectionString basic_auth
    http_auth auth_header _auth __password _secret_value google_credentials service_account_credentials pass_phrase
    secret_id webhook_secret use_auth_token session_id hmac_key deploy_key subscription_key license_key root_password
""".split()

PLAIN = """
    MAX_TOKENS max_tokens TOKENIZER tokenizer tokenize tokenized SORT_KEY sort_key author authors authenticity
    authoritative tokens n_tokens num_tokens max_new_tokens token_count tokenCount token_ids token_id token_type
    token_type_ids token_length token_limit token_budget token_pattern token_embedding eos_token pad_token bos_token
    mask_token cls_token unk_token sep_token special_token next_token max_token per_token input_token stop_token
    key keys KEY primary_key foreign_key partition_key group_key public_key cache_key index_key key_column keyboard
    keyword monkey turkey hockey secretary secretion passes passed passenger password_length password_policy
    password_field passwordless_ bypass compass pass_rate n_pass first_pass forward_pass passthrough pass_through
    auth_url auth_type auth_method token_url token_uri token_file token_path credentials_path cookie_name
    cookie_domain cookiecutter dsname design signal sign size session sessions code codes data url host port user
    username email name path seed salt_rate n_jobs x X_train y df cfg bearing forbearer oat author_id coauthor
    use_auth require_auth has_password show_password
""".split()


@pytest.mark.parametrize("name", SECRET)
def test_a_name_of_a_secret_is_known(name):
    assert names_secret(name)


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_of_something_else_is_none_of_a_secret(name):
    assert not names_secret(name)


PATHS = {
    "cfg['db']['password']": True,
    "cfg['password'][0]": True,
    "client.auth.user": True,
    'd["x-api-key"]': True,
    "cfg.token": True,
    "f.secret": True,
    "df['price'][17]": False,
    "tokens[3]": False,
    "cfg['key']": False,
    "rows[0].author": False,
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_to_a_secret_if_a_step_of_it_does(path):
    assert path_names_secret(path) is PATHS[path]


SHAPES = {
    "mysql --password hunter2 -h db": "mysql --password … -h db",
    "tool --api-key 'a b c' --user bob": "tool --api-key … --user bob",
    "run --password --verbose": "run --password --verbose",
    "train --max-tokens 100 --pad-token x": "train --max-tokens 100 --pad-token x",
    "curl -u bob:hunter2 localhost": "curl -u bob:… localhost",
    "wget --proxy-user 'bob:hunter2' http://host": "wget --proxy-user 'bob:…' http://host",
    "docker run -u 1000:1000 image": "docker run -u 1000:1000 image",
    "<user>bob</user><password>hunter2</password>": "<user>bob</user><password>…</password>",
    '<db:apiKey type="x">\n hunter2\n</db:apiKey>': '<db:apiKey type="x">…</db:apiKey>',
    "<tokens>4</tokens><token/><password></password>": "<tokens>4</tokens><token/><password></password>",
    "postgresql://bob:hunter2@db/sales": "postgresql://bob:…@db/sales",
    "mysql+pymysql://root:p%40ss@h:33/db": "mysql+pymysql://root:…@h:33/db",
    "mongodb+srv://a:b@c.d/?x=1": "mongodb+srv://a:…@c.d/?x=1",
    "redis://:hunter2@host:6379/0": "redis://:…@host:6379/0",
    "postgres://u:with/slash@h/db": "postgres://u:…@h/db",
    "postgres://u:with'quote@h/db": "postgres://u:…@h/db",
    "postgres://u:with@at@h/db": "postgres://u:…@h/db",
    "https://abcdef0123@github.com/x.git": "https://…@github.com/x.git",
    "see https://a:b@c and https://d:e@f": "see https://a:…@c and https://d:…@f",
    "Authorization: Bearer abcdef.ghi": "Authorization: …",
    "curl -H 'Bearer abcdef123'": "curl -H 'Bearer …'",
    "Basic dXNlcjpwYXNz": "Basic …",
    "-----BEGIN RSA PRIVATE KEY-----\nMII\nX\n-----END RSA PRIVATE KEY-----\nend": "-----BEGIN RSA PRIVATE KEY-----…\nend",
    "-----BEGIN PRIVATE KEY-----\nMIIB": "-----BEGIN PRIVATE KEY-----…",
    "-----BEGIN OPENSSH PRIVATE KEY-----abc": "-----BEGIN OPENSSH PRIVATE KEY-----…",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----abc": "-----BEGIN PGP PRIVATE KEY BLOCK-----…",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N": "…",
    "AKIAIOSFODNN7EXAMPLE": "…",
    "x=ASIAIOSFODNN7EXAMPLE!": "x=…!",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345": "…",
    "run-ghp_0123456789abcdefghijABCDEF.csv": "run-….csv",
    "github_pat_11ABCDEFG0_abcdefghijklmnop": "…",
    "glpat-abcdefghij0123456789": "…",
    "sk-proj-abcdefghijkl": "…",
    "sk-ant-api03-abcdefghijkl": "…",
    "sk-0123456789abcdefghij": "…",
    "sk_live_0123456789abcdef": "…",
    "xoxb-123456789012-abcdef": "…",
    "AIzaSyA0123456789abcdefghijklmnopqrstuv": "…",
    "hf_abcdefghijklmnopqrstuvwxyz": "…",
    "https://hooks.slack.com/services/T0000/B0000/XXXX": "https://hooks.slack.com/services/…",
    "https://x.y/z?token=abc&a=1": "https://x.y/z?token=…&a=1",
    "https://x.y/z?sv=1&sig=abc%2F%3D": "https://x.y/z?sv=1&sig=…",
    "https://x.y/z?X-Amz-Signature=ff&X-Amz-Date=1": "https://x.y/z?X-Amz-Signature=…&X-Amz-Date=1",
    "host=db password=hunter2 user=bob": "host=db password=… user=bob",
    "Server=x;Pwd=abc;Database=d": "Server=x;Pwd=…;Database=d",
    "AccountName=a;AccountKey=Zm9v/==;EndpointSuffix=b": "AccountName=a;AccountKey=…;EndpointSuffix=b",
    '{"password": "hunter2", "n": 1}': '{"password": \'…\', "n": 1}',
    "{'api_key': 'hunter2'}": "{'api_key': '…'}",
    '{"tokens": 3, "passwords": ["a", "b"]}': '{"tokens": 3, "passwords": …}',
    "Cookie: a=b; c=d\nAccept: x": "Cookie: …\nAccept: x",
    "password: hunter2": "password: …",
    "bob:hunter2@host:5432": "bob:…@host:5432",
}


@pytest.mark.parametrize("text", SHAPES)
def test_a_secret_in_a_text_is_hidden_and_the_rest_stays(text):
    assert redacted(text) == SHAPES[text]
    assert redacted(SHAPES[text]) == SHAPES[text]


@pytest.mark.parametrize(
    "text",
    [
        "http://host:8080/path/@user",
        "ssh://git@github.com/x.git",
        "s3://bucket/key=1/part",
        "Basic knowledge of things",
        "bearer of news",
        "a sentence: with a colon",
        "user@example.com",
        "mailto:user@example.com",
        "git@github.com:x/y.git",
        "max_tokens=5 n_tokens: 7",
        "-----BEGIN CERTIFICATE-----\nMII",
        "sk-learn-estimators",
        "password=None",
        "author=Bob",
        "x" * 1000,
        "",
    ],
)
def test_a_text_without_secrets_is_left_as_it_is(text):
    assert redacted(text) == text


@given(st.text())
def test_what_was_hidden_once_is_found_hidden(text):
    assert redacted(redacted(text)) == redacted(text)
    assert without_shapes(redacted(text)) == redacted(text)


CODE = {
    "password = 'a'": "password = '…'",
    "a, pw = 1, 'b'": "a, pw = 1, '…'",
    "cfg = {'token': b'x', 'n': 1}": "cfg = {'token': '…', 'n': 1}",
    "d['api_key'] = f'{x}y'": "d['api_key'] = '…'",
    "d['db', 'password'] = 'a'": "d['db', 'password'] = '…'",
    "cfg = {('db', 'token'): 'a', ('db', 'host'): 'b'}": "cfg = {('db', 'token'): '…', ('db', 'host'): 'b'}",
    "self.secret: str = 'a'": "self.secret: str = '…'",
    "login('bob', password='a', n=1)": "login('bob', password='…', n=1)",
    "def f(a=1, token='x', *, pwd='y'): pass": "def f(a=1, token='…', *, pwd='…'): pass",
    "if password == 'a': pass": "if password == '…': pass",
    "key = os.environ.get('API_KEY', 'a')": "key = os.environ.get('API_KEY', '…')",
    "x = SecretStr('a')": "x = SecretStr('…')",
    "set_password('bob', 'a')": "set_password('…', '…')",
    "TOKENS = ('a',\n  'b')": "TOKENS = ('a',\n  'b')",
    "passwords = ['a',\n  '''b\nc''']": "passwords = ['…',\n  '…']",
    "token = load('x') if y else 'é'": "token = load('…') if y else '…'",
    "    api_key = 'a'\n    n = 1": "    api_key = '…'\n    n = 1",
    "url = 'postgres://u:p@h'": "url = 'postgres://u:…@h'",
    "%magic\npassword = 'a'": "%magic\npassword = '…'",
    "await_ = 1; (secret := 'a')": "await_ = 1; (secret := '…')",
    "token = get()\npassword = None\nmax_tokens = 5": "token = get()\npassword = None\nmax_tokens = 5",
    "é = 'ü'; pw = 'a'; n = 'ä'": "é = 'ü'; pw = '…'; n = 'ä'",
}


@pytest.mark.parametrize("text", CODE)
def test_literals_of_secrets_are_hidden_in_code(text):
    assert redacted_code(text) == CODE[text]
    assert redacted_code(CODE[text]) == CODE[text]


PREVIEWS = {
    "key of a dictionary": ({"password": "a", "n": 1}, "{'password': …, 'n': 1}"),
    "pair as a key": ({("db", "pw"): "a", ("db", "n"): 1}, "{('db', 'pw'): …, ('db', 'n'): 1}"),
    "long text": ("x" * 60 + " api_key=hunter2 " + "y" * 60, None),
    "token that is cut": ("x" * 70 + "ghp_hunter2hunter2hunter2", None),
    "password that is cut": ("postgresql://bob:" + "hunter2" * 20 + "@host", None),
    "bytes": (b"ghp_hunter2hunter2", "b'…'"),
    "pair": (("password", "hunter2"), "('password', …)"),
    "arguments of a program": (["--user", "bob", "--token", "hunter2"], "['--user', 'bob', '--token', …]"),
    "list": (["postgres://u:hunter2@h"], "['postgres://u:…@h']"),
}


@pytest.mark.parametrize("which", PREVIEWS)
def test_a_preview_shows_no_secret_however_it_is_cut(which):
    value, expected = PREVIEWS[which]
    assert "hunter" not in preview(value)
    assert expected is None or preview(value) == expected


def test_a_handle_leads_to_the_same_place_whatever_the_password():
    ends = {
        without_password(f"postgresql://bob:{word}@db:5432/sales?password={word}") for word in ("a", "hunter2", "x/y")
    }
    assert len(ends) == 1
    assert without_password("postgresql://db:5432/other") not in ends
