"""Machine learning: estimators, boosters, tensors, tokenizers, studies, pipelines of text."""

from values import library

library(
    "sklearn",
    """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, LinearRegression
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, FunctionTransformer
from sklearn.model_selection import KFold, GridSearchCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.metrics import make_scorer, accuracy_score, f1_score
from sklearn.utils import Bunch
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
X = np.arange(20.0).reshape(10, 2); y = np.arange(10) % 2
def look(v): v.get_params(); v._repr_html_(); v.predict(X)
""",
    """
LogisticRegression(C=1) | LogisticRegression(C=2) | LogisticRegression(C=1).fit(X, y)
make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y) | make_pipeline(StandardScaler(), LogisticRegression(C=2)).fit(X, y)
RandomForestClassifier(5, random_state=0).fit(X, y) | RandomForestClassifier(5, random_state=1).fit(X, y)
KNeighborsClassifier(2).fit(X, y) | KNeighborsClassifier(3).fit(X, y)
GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2) | GridSearchCV(LogisticRegression(), {'C': [1, 3]}, cv=2)
TfidfVectorizer().fit(['aa bb', 'bb cc']) | TfidfVectorizer().fit(['aa bb', 'bb dd'])
FunctionTransformer(np.log1p) | FunctionTransformer(np.log)
KFold(3) | KFold(4) | KFold(3, shuffle=True, random_state=0)
make_scorer(accuracy_score) | make_scorer(f1_score) | make_scorer(f1_score, pos_label=0)
Bunch(a=1) | Bunch(a=2) | load_iris()
kernels.RBF(1.0) + kernels.WhiteKernel() | kernels.RBF(2.0) + kernels.WhiteKernel()
GaussianProcessRegressor(kernels.RBF()).fit(X, y) | GaussianProcessRegressor(kernels.RBF(2.0)).fit(X, y)
""",
    packages="scikit-learn",
)

library(
    "xgboost",
    """
import numpy as np, xgboost as xgb
X = np.arange(20.0).reshape(10, 2); y = np.arange(10) % 2
def show(v): return repr(v.predict(X)) if hasattr(v, 'get_params') else repr(v.save_raw('json'))
def look(v): v.predict(X)
""",
    """
xgb.XGBClassifier(n_estimators=2).fit(X, y) | xgb.XGBClassifier(n_estimators=3).fit(X, y)
xgb.train({'max_depth': 2}, xgb.DMatrix(X, y), 2) | xgb.train({'max_depth': 2}, xgb.DMatrix(X, y), 3)
""",
    packages="xgboost-cpu",
)

library(
    "lightgbm",
    """
import numpy as np, lightgbm as lgb
X = np.arange(80.0).reshape(40, 2); y = np.arange(40) % 2
def show(v): return repr(v.predict(X))
def look(v): v.predict(X)
""",
    """
lgb.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y) | lgb.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)
lgb.train({'verbose': -1}, lgb.Dataset(X, y), 2) | lgb.train({'verbose': -1}, lgb.Dataset(X, y), 3)
""",
    # A copy was read from the text of the model: its settings and its best score are others.
    lossy=(
        "lgb.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y)",
        "lgb.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)",
        "lgb.train({'verbose': -1}, lgb.Dataset(X, y), 2)",
        "lgb.train({'verbose': -1}, lgb.Dataset(X, y), 3)",
    ),
)

library(
    "category_encoders",
    """
import category_encoders as ce, pandas as pd
table = pd.DataFrame({'a': ['x', 'y', 'x', 'z']}); target = [0, 1, 0, 1]
def look(v): v.transform(table)
""",
    """
ce.TargetEncoder().fit(table, target) | ce.TargetEncoder(smoothing=2).fit(table, target)
ce.OrdinalEncoder().fit(table) | ce.BinaryEncoder().fit(table)
""",
)

library(
    "torch",
    """
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, Subset
def net(width=2, seed=0):
    torch.manual_seed(seed); return nn.Sequential(nn.Linear(2, width), nn.ReLU())
def named(tensor, **attrs): vars(tensor).update(attrs); return tensor
def show(v): return repr([(k, p.tolist()) for k, p in v.state_dict().items()]) if isinstance(v, nn.Module) else repr(vars(v)) if isinstance(v, TensorDataset) else told((v, vars(v) if isinstance(v, torch.Tensor) else ''))
def look(v): v(torch.ones(1, 2)); v.sum(); v.support; v.mean
""",
    """
torch.ones(2) | torch.zeros(2) | torch.ones(2, dtype=torch.float64) | torch.ones(2, requires_grad=True) | named(torch.ones(2), rows=['a'])
net() | net(3) | net(seed=1) | net().eval()
torch.optim.SGD(net().parameters(), 0.1) | torch.optim.SGD(net().parameters(), 0.2)
TensorDataset(torch.ones(2)) | TensorDataset(torch.zeros(2)) | Subset(TensorDataset(torch.ones(2)), [0])
torch.distributions.Normal(0.0, 1.0) | torch.distributions.Normal(0.0, 2.0)
torch.Size([1, 2]) | torch.float32 | torch.device('cpu') | torch.Generator().manual_seed(3)
torch.sparse_coo_tensor([[0]], [1.0], (2,)) | torch.sparse_coo_tensor([[1]], [1.0], (2,))
nn.Parameter(torch.ones(2)) | nn.Parameter(torch.zeros(2)) | nn.utils.rnn.pack_sequence([torch.ones(2)])
""",
)

library(
    "jax",
    """
import jax, jax.numpy as jnp
def double(x): return 2 * x
def triple(x): return 3 * x
def show(v): return repr(v(1.0)) if callable(v) else told(v)
def look(v): v(1.0)
""",
    """
jnp.arange(3) | jnp.arange(4) | jnp.arange(3.0)
jax.jit(double) | jax.jit(triple)
jax.grad(lambda x: x * x) | jax.grad(lambda x: x * x * x)
jax.random.key(0) | jax.random.key(1)
jax.tree_util.tree_structure({'a': 1}) | jax.tree_util.tree_structure({'b': 1})
""",
    lossy=("jax.jit(double)", "jax.jit(triple)"),  # a copy holds another function
)

library(
    "numba",
    """
import numba, numpy as np
@numba.njit
def double(x): return 2 * x
@numba.njit
def triple(x): return 3 * x
@numba.vectorize
def plus(x, y): return x + y
def show(v): return repr(v(1.0)) if hasattr(v, 'py_func') else told(v)
def look(v): v(1.0)
""",
    """
double | triple
numba.typed.List([1, 2]) | numba.typed.List([1, 3])
numba.float64 | numba.float32 | numba.types.Array(numba.float64, 1, 'C')
""",
)

library(
    "tokenizers",
    """
from tokenizers import Tokenizer, models, pre_tokenizers
def made(*words, truncate=0, pad=0):
    t = Tokenizer(models.WordLevel({word: n for n, word in enumerate(['[UNK]', *words])}, unk_token='[UNK]'))
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    if truncate: t.enable_truncation(truncate)
    if pad: t.enable_padding(length=pad)
    return t
def show(v): return v.encode('a b c').ids if hasattr(v, 'encode') else told(v)
def look(v): v.encode('a b')
""",
    """
made('a', 'b') | made('b', 'a') | made('a', 'b', truncate=1) | made('a', 'b', truncate=2) | made('a', 'b', pad=4)
models.BPE(unk_token='?') | models.BPE(unk_token='!')
""",
    lossy=(),
)

library(
    "spacy",
    """
import spacy
from spacy.tokens import Doc, DocBin
def nlp(*pipes):
    made = spacy.blank('en')
    for pipe in pipes: made.add_pipe(pipe)
    return made
english = spacy.blank('en')
def show(v): return v.text if isinstance(v, Doc) else repr(getattr(v, 'pipe_names', v))
def look(v): list(v); v.pipe_names
""",
    """
nlp() | nlp('sentencizer') | spacy.blank('de')
nlp()('a b c') | nlp()('a b d')
""",
)

library(
    "nltk",
    "import nltk\ndef show(v): return str(v)",
    """
nltk.FreqDist('aab') | nltk.FreqDist('abb')
nltk.Tree('S', ['a']) | nltk.Tree('S', ['b'])
nltk.PorterStemmer().stem('running') | nltk.PorterStemmer().stem('runner')
nltk.ConditionalFreqDist([('a', 1)]) | nltk.ConditionalFreqDist([('a', 2)])
nltk.CFG.fromstring('S -> "a"') | nltk.CFG.fromstring('S -> "b"')
""",
)

library(
    "sentencepiece",
    "import sentencepiece as spm\nshow = lambda v: type(v).__name__",
    """
spm.SentencePieceProcessor().__class__.__name__ | spm.__version__
""",
)

library(
    "optuna",
    """
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
def study(seed):
    made = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed), study_name='s')
    made.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=3)
    return made
def show(v): return repr(v.best_value) if hasattr(v, 'best_value') else told(v)
def look(v): v.best_trial; v.trials_dataframe
""",
    """
study(1).best_params | study(2).best_params
optuna.distributions.FloatDistribution(0, 1) | optuna.distributions.FloatDistribution(0, 2)
optuna.trial.create_trial(value=1.0).value | optuna.trial.create_trial(value=2.0).value
""",
)
