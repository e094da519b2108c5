"""Rows of the conformance suite: estimators, boosters, tokenizers, tensors, and models of attrs and pydantic."""

from __future__ import annotations

from ._rows import alike, apart

__all__ = ["ALIKE", "APART", "PICKLED", "PRELUDES"]

_LEARNING = """
import copy, pickle
import numpy as np
X = np.random.RandomState(0).rand(20, 3); y = (X[:, 0] > 0.5) * 1
Z = X + X**2; w = 1 - y
def fit(model, X=X, y=y): return model.fit(X, y)
def used(model, X=X): model.predict(X); return model
"""

PRELUDES = {
    "sklearn": _LEARNING
    + """
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KDTree, KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch
texts = ['the cat sat', 'a dog ran', 'cats and dogs'] * 3
others = ['the cat sat', 'a dog ran', 'cats and mice'] * 3
grid = GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2).fit(X, y)
RF = lambda: RandomForestClassifier(3, random_state=0)
GB = lambda: GradientBoostingClassifier(n_estimators=3, random_state=0)
HGB = lambda: HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2, random_state=0)
KNN = lambda: KNeighborsClassifier(3, algorithm='kd_tree')
KM = lambda: KMeans(3, n_init=1, random_state=0)
CT = lambda: ColumnTransformer([('a', StandardScaler(), [0]), ('b', MinMaxScaler(), [1])])
MLP = lambda: MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, random_state=0)
VOTE = lambda: VotingClassifier([('a', LogisticRegression()), ('b', SVC())])
def asked(tree): tree.query(X[:2]); return tree
def moved(model): np.random.rand(); return model
stopping = lambda: TfidfVectorizer(stop_words=['the', 'a']).fit(texts)
np.random.seed(0)
unseeded = GradientBoostingClassifier(n_estimators=3).fit(X, y)
process = GaussianProcessRegressor(optimizer=None).fit(X, y)
""",
    "xgboost": _LEARNING
    + """
import xgboost as xgb
def train(y=y, rounds=3, **more):
    settings = {'max_depth': 2, 'verbosity': 0, 'nthread': 1, **more}
    return xgb.train(settings, xgb.DMatrix(X, y), rounds)
def noted(model): model.set_attr(note='x'); return model
C = lambda n=3: xgb.XGBClassifier(n_estimators=n, n_jobs=1)
R = lambda n=3: xgb.XGBRegressor(n_estimators=n, n_jobs=1)
""",
    "lightgbm": _LEARNING
    + """
import lightgbm as lgb
def train(y=y, rounds=3, **more):
    settings = {'verbose': -1, 'num_threads': 1, 'min_data_in_leaf': 2, **more}
    return lgb.train(settings, lgb.Dataset(X, y), rounds)
C = lambda n=3: lgb.LGBMClassifier(n_estimators=n, n_jobs=1, verbose=-1, min_child_samples=2)
R = lambda n=3: lgb.LGBMRegressor(n_estimators=n, n_jobs=1, verbose=-1, min_child_samples=2)
""",
    "tokenizers": """
import copy, pickle
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, trainers
def made(*texts):
    tokenizer = Tokenizer(models.BPE(unk_token='?'))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=20, special_tokens=['?'], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
def having(tokenizer, **parts): [setattr(tokenizer, *part) for part in parts.items()]; return tokenizer
def knowing(tokenizer, *tokens): tokenizer.add_tokens(list(tokens)); return tokenizer
def padded(tokenizer):
    tokenizer.enable_padding(length=8)
    tokenizer.enable_truncation(5)
    tokenizer.encode_batch(['a b', 'a'])
    return tokenizer
""",
    "attr": "import copy, pickle\nfrom Lutil.checkpoints.testing._examples_attrs import *\n",
    "pydantic": "import copy, pickle\nfrom Lutil.checkpoints.testing._examples_pydantic import *\n",
    "torch": """
import copy, pickle
import torch
from torch.utils.data import DataLoader, TensorDataset
def seeded(make, seed=0): torch.manual_seed(seed); return make()
def hooked(module): module.register_forward_hook(print); return module
def tied(module): module[1].weight = module[0].weight; return module
def back(x): (x * 2).sum().backward(); return x
def stepped(kind, steps=1, **settings):
    layer = seeded(lambda: torch.nn.Linear(2, 2))
    optimizer = kind(layer.parameters(), **settings)
    for _ in range(steps): back(layer.weight); optimizer.step(); optimizer.zero_grad()
    return optimizer
def scheduled(steps):
    scheduler = torch.optim.lr_scheduler.StepLR(stepped(torch.optim.SGD, lr=0.1), 2)
    for _ in range(steps): scheduler.step()
    return scheduler
def asked(loader): list(loader); return loader
two = lambda: torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
data = lambda value: TensorDataset(torch.full((3,), value))
""",
}

_SKLEARN = """
PCA() | PCA(2) | PCA(3) | PCA(2).fit(X) | PCA(2).fit(Z) | LinearRegression() | fit(LinearRegression())
make_pipeline(PCA(2)) | make_pipeline(PCA(3)) | make_pipeline(PCA(2)).fit(X) | make_pipeline(PCA(2)).fit(Z)
DecisionTreeClassifier(random_state=0) | fit(DecisionTreeClassifier(random_state=0))
fit(DecisionTreeClassifier(random_state=0), y=w) | RF() | fit(RF()) | fit(RF(), y=w) | GB() | fit(GB()) | fit(GB(), y=w)
HGB() | fit(HGB()) | fit(HGB(), y=w) | SVC() | fit(SVC()) | fit(SVC(), y=w) | KNN() | fit(KNN()) | fit(KNN(), y=w)
KM() | fit(KM()) | fit(KM(), Z) | StandardScaler() | fit(StandardScaler()) | fit(StandardScaler(), Z) | CT()
fit(CT()) | fit(CT(), Z) | OneHotEncoder() | fit(OneHotEncoder()) | fit(OneHotEncoder(), Z) | TfidfVectorizer()
TfidfVectorizer().fit(texts) | TfidfVectorizer().fit(others) | FunctionTransformer(np.log1p)
FunctionTransformer(np.log) | fit(FunctionTransformer(np.log1p)) | MLP() | fit(MLP()) | fit(MLP(), y=w) | VOTE()
fit(VOTE()) | fit(VOTE(), y=w) | GridSearchCV(SVC(), {'C': [1, 2]}) | GridSearchCV(SVC(), {'C': [1, 3]})
KDTree(X) | KDTree(Z) | Bunch(a=1) | Bunch(a=2) | {'a': 1} | unseeded | process
"""

_XGBOOST = """
train() | train(w) | train(rounds=4) | train(eta=0.1) | noted(train()) | C() | C(4) | fit(C())
fit(C(4)) | fit(C(), y=w) | R() | fit(R()) | fit(R(), y=w)
"""

_LIGHTGBM = """
train() | train(w) | train(rounds=4) | train(learning_rate=0.3) | C() | C(4) | fit(C()) | fit(C(4)) | fit(C(), y=w)
R() | fit(R()) | fit(R(), y=w) | lgb.Dataset(X, y) | lgb.Dataset(X, w)
"""

_TOKENIZERS = """
made('a b c d', 'a b') | made('x y z') | Tokenizer(models.BPE())
having(made('a b'), pre_tokenizer=pre_tokenizers.WhitespaceSplit()) | having(made('a b'), normalizer=normalizers.NFC())
having(made('a b'), normalizer=normalizers.NFD()) | knowing(made('a b'), 'q') | knowing(made('a b'), 'r')
knowing(made('a b'), AddedToken('q', lstrip=True)) | padded(made('a b'))
models.BPE(unk_token='?') | models.BPE(unk_token='!')
pre_tokenizers.ByteLevel(add_prefix_space=True) | pre_tokenizers.ByteLevel(add_prefix_space=False)
"""

_ATTRS = """
Slotted(1, [2]) | Slotted(1, [3]) | Slotted(2, [2]) | Frozen(1) | Frozen(2) | Frozen(1, [1]) | Dictionary(1)
Dictionary(2) | Dictionary(1, 2) | Private(1) | Private(2) | Private(1, 4) | Lazy(1) | Lazy(2)
[Slotted(i, i) for i in range(20)] | [Slotted(i, 0) for i in range(20)]
"""

_PYDANTIC = """
Inner(x=1, y=[1]) | Inner(x=2, y=[1]) | Inner(x=1, y=[2]) | Inner(x=1) | Inner.model_construct(x='1')
Outer(one=Inner(x=1)) | Outer(one=Inner(x=2)) | Outer(one=Inner(x=1), several=[Inner(x=2)])
Outer(one=Inner(x=1), several=[Inner(x=3)]) | Outer(one=Inner(x=1), named={'k': Inner(x=2)}) | Extra(x=1)
Extra(x=1, z=1) | Extra(x=1, z=2) | PrivateModel(x=1) | PrivateModel(x=1).having(2) | PrivateModel(x=2)
Root([1]) | Root([2]) | LazyModel(x=1) | LazyModel(x=2)
[Inner(x=i) for i in range(20)] | [Inner(x=0) for i in range(20)]
"""

_TORCH = """
torch.zeros(2) | torch.zeros(3) | torch.zeros(2, 1) | torch.zeros(1, 2) | torch.zeros(2, dtype=torch.float64)
torch.zeros(2).bfloat16() | torch.zeros(2).half() | torch.zeros(2, dtype=torch.int32)
torch.zeros(2, requires_grad=True) | torch.nn.Parameter(torch.zeros(2)) | torch.ones(2) | torch.zeros(2).to_sparse()
torch.zeros(2, 2).to_sparse() | torch.zeros(2, 2).to_sparse_csr() | torch.arange(6).reshape(2, 3)
torch.arange(6).reshape(2, 3).t() | torch.arange(6).reshape(3, 2) | torch.nn.ReLU() | torch.nn.ReLU(inplace=True)
torch.nn.ReLU().eval() | torch.nn.BatchNorm1d(2) | torch.nn.BatchNorm1d(3) | torch.nn.BatchNorm1d(2).eval()
torch.float32 | torch.float64 | torch.device('cpu') | torch.Size([1]) | torch.Size([2])
torch.Generator().manual_seed(1) | torch.Generator().manual_seed(2) | torch.optim.SGD([torch.zeros(1)], lr=0.1)
torch.optim.SGD([torch.zeros(1)], lr=0.2) | torch.optim.SGD([torch.ones(1)], lr=0.1)
back(torch.ones(2).requires_grad_()) | torch.zeros(2, dtype=torch.complex64) | torch.zeros(2).to(torch.float8_e4m3fn)
torch.zeros(2, dtype=torch.uint16) | torch.zeros(2, dtype=torch.int16) | torch.tensor(0.0) | torch.zeros(0, 3)
torch.zeros(3, 0) | torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
torch.nested.nested_tensor([torch.ones(2), torch.zeros(3)]) | torch.zeros(2).untyped_storage()
torch.ones(2).untyped_storage() | torch.finfo(torch.float32) | torch.finfo(torch.float64) | seeded(two)
seeded(two, 1) | seeded(two).double() | seeded(two).eval() | tied(seeded(two)) | hooked(torch.nn.ReLU())
seeded(lambda: torch.nn.LSTM(2, 3)) | seeded(lambda: torch.nn.LSTM(2, 3), 1) | stepped(torch.optim.SGD, lr=0.1)
stepped(torch.optim.SGD, 2, lr=0.1) | stepped(torch.optim.Adam) | scheduled(1) | stepped(torch.optim.Adam, 2)
scheduled(2) | DataLoader(data(1), 2) | DataLoader(data(1), 3) | DataLoader(data(2), 2)
DataLoader(data(1), 2, shuffle=True) | torch.distributions.Normal(0.0, 1.0) | torch.distributions.Normal(0.0, 2.0)
"""

APART = {
    "sklearn": [apart(_SKLEARN)],
    "xgboost": [apart(_XGBOOST)],
    "lightgbm": [apart(_LIGHTGBM)],
    "tokenizers": [apart(_TOKENIZERS)],
    "attr": [apart(_ATTRS)],
    "pydantic": [apart(_PYDANTIC)],
    "torch": [apart(_TORCH)],
}
"""Sets of expressions by library; in each set every value differs from every other."""

PICKLED = frozenset({"sklearn", "xgboost", "lightgbm", "tokenizers", "attr", "pydantic"})
"""Libraries whose values must agree with themselves made anew *and* pickled."""

ALIKE = alike("""
sklearn: grid = copy.deepcopy(grid)
sklearn: grid = pickle.loads(pickle.dumps(grid, 5))
sklearn: make_pipeline(PCA(2)).fit(X) = copy.deepcopy(make_pipeline(PCA(2)).fit(X))
sklearn: fit(KNN()) = used(fit(KNN()))
sklearn: fit(RF()) = used(fit(RF()))
sklearn: KDTree(X) = asked(KDTree(X))
sklearn: stopping() = stopping()
sklearn: fit(VOTE()) = copy.deepcopy(fit(VOTE()))
sklearn: unseeded = moved(unseeded)
sklearn: process = moved(process)
xgboost: train() = copy.deepcopy(train())
xgboost: fit(C()) = used(fit(C()))
lightgbm: fit(C()) = used(fit(C()))
lightgbm: train() = used(train())
tokenizers: padded(made('a b')) = copy.deepcopy(padded(made('a b')))
attr: Lazy(1) = looked_at(Lazy(1))
attr: [Slotted(i, [i]) for i in range(20)] = copy.deepcopy([Slotted(i, [i]) for i in range(20)])
pydantic: LazyModel(x=1) = looked_at(LazyModel(x=1))
pydantic: [LazyModel(x=i) for i in range(20)] = [looked_at(LazyModel(x=i)) for i in range(20)]
pydantic: PrivateModel(x=1).having([2]) = copy.deepcopy(PrivateModel(x=1).having([2]))
torch: torch.arange(6).reshape(2, 3).t().contiguous() = torch.arange(6).reshape(2, 3).t()
torch: torch.nn.Sequential(torch.nn.ReLU()) = copy.deepcopy(torch.nn.Sequential(torch.nn.ReLU()))
torch: torch.nn.ReLU().eval().train() = torch.nn.ReLU()
torch: torch.tensor([1 + 2j]).conj() = torch.tensor([1 - 2j])
torch: torch.ones(1).expand(3) = torch.ones(3)
torch: torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (2,)) = torch.sparse_coo_tensor([[0]], [3.0], (2,))
torch: stepped(torch.optim.Adam) = pickle.loads(pickle.dumps(stepped(torch.optim.Adam)))
torch: seeded(two) = pickle.loads(pickle.dumps(seeded(two)))
torch: tied(seeded(two)) = copy.deepcopy(tied(seeded(two)))
torch: DataLoader(data(1), 2, shuffle=True) = asked(DataLoader(data(1), 2, shuffle=True))
torch: torch.Generator().manual_seed(1) = pickle.loads(pickle.dumps(torch.Generator().manual_seed(1)))
torch: torch.default_generator = (torch.rand(1), torch.default_generator)[1]
""")
"""Pairs of expressions by library whose values are alike, however differently they came about."""
