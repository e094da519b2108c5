"""scikit-learn: `Memory` as `memory=`, and estimators whose methods are checkpointed; newest release and 1.1."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.cluster import OPTICS, AgglomerativeClustering, FeatureAgglomeration
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_memory

from Lutil.checkpoints import Memory, Store, checkpoint

ran: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran():
    ran.clear()


@pytest.fixture
def memory():
    return Memory("kept", verbose=0)


@pytest.fixture(scope="module")
def data():
    return load_iris(return_X_y=True)


class Centre(TransformerMixin, BaseEstimator):
    def __init__(self, by=1.0):
        self.by = by

    def fit(self, X, y=None):
        ran.append("fit")
        self.means_ = X.mean(axis=0) * self.by
        return self

    def transform(self, X):
        return X - self.means_


class KeptCentre(Centre):
    @checkpoint
    def fit(self, X, y=None):
        return super().fit(X, y)

    @checkpoint
    def transform(self, X):
        ran.append("transform")
        return super().transform(X)


class Probe(BaseEstimator):
    def fit(self, X, y=None):
        ran.append("writable" if X.flags.writeable else "read-only")
        return self


class Noise(TransformerMixin, BaseEstimator):
    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        ran.append("fit")
        source = np.random if self.random_state is None else np.random.RandomState(self.random_state)
        self.shift_ = source.normal(size=X.shape[1])
        return self

    def transform(self, X):
        return X + self.shift_


def model(C=1.0):
    return LogisticRegression(C=C, max_iter=1000)


def test_check_memory_takes_it(memory):
    assert check_memory(memory) is memory


def test_pipeline_computes_its_first_steps_once(memory, data):
    X, y = data
    plain = make_pipeline(Centre(), model()).fit(X, y)
    ran.clear()
    first = Centre()
    pipeline = Pipeline([("centre", first), ("model", model())], memory=memory)
    assert pipeline.memory is memory
    for again in (
        pipeline,
        pipeline,
        clone(pipeline),
        Pipeline([("other", Centre()), ("last", model())], memory=memory),
    ):
        again.fit(X, y)
        np.testing.assert_array_equal(again.predict_proba(X), plain.predict_proba(X))
        np.testing.assert_array_equal(again[0].means_, plain[0].means_)
    assert ran == ["fit"]
    assert not hasattr(first, "means_")


def test_pipeline_whose_last_step_changes_keeps_its_first_ones(memory, data):
    X, y = data
    pipeline = make_pipeline(Centre(), Centre(2.0), model(), memory=memory)
    pipeline.fit(X, y)
    assert ran == ["fit", "fit"]
    pipeline.set_params(logisticregression__C=10.0).fit(X, y)
    make_pipeline(Centre(), Centre(2.0), AgglomerativeClustering(), memory=memory).fit(X, y)
    assert ran == ["fit", "fit"]
    pipeline.set_params(**{"centre-2__by": 3.0}).fit(X, y)
    assert ran == ["fit"] * 3


def test_other_data_or_labels_fit_anew(memory, data):
    X, y = data
    pipeline = make_pipeline(Centre(), model(), memory=memory)
    pipeline.fit(X, y).fit(X + 1, y).fit(X, 1 - y % 2).fit(X.copy(), y.copy())
    assert ran == ["fit"] * 3


def test_feature_union_is_kept_as_a_step(memory, data):
    X, y = data
    union = FeatureUnion([("one", Centre()), ("two", PCA(2)), ("three", "drop")])
    pipeline = make_pipeline(union, model(), memory=memory)
    for _ in range(2):
        assert pipeline.fit(X, y).score(X, y) > 0.9
    assert ran == ["fit"]
    pipeline.set_params(featureunion__two__n_components=1).fit(X, y)
    assert ran == ["fit", "fit"]


def test_pipeline_in_a_pipeline_with_another_memory(data):
    X, y = data
    for name in ("one", "two"):
        inner = make_pipeline(Centre(), StandardScaler(), memory=Memory(name, verbose=0))
        make_pipeline(inner, model(), memory=Memory("outer", verbose=0)).fit(X, y)
    assert ran == ["fit"]


def test_clusterings_of_one_tree_compute_it_once(memory, data):
    X, _ = data
    for count in (2, 3, 4):
        kept = AgglomerativeClustering(count, memory=memory, compute_full_tree=True).fit(X)
        plain = AgglomerativeClustering(count, compute_full_tree=True).fit(X)
        np.testing.assert_array_equal(kept.labels_, plain.labels_)
        FeatureAgglomeration(2, memory=memory, compute_full_tree=True).fit(X)
    assert [entry.name for entry in Store("kept").list()] == ["ward_tree"] * 2


def test_optics_computes_its_graph_once(memory, data):
    X, _ = data
    for xi in (0.05, 0.1):
        kept = OPTICS(min_samples=5, xi=xi, memory=memory).fit(X)
        np.testing.assert_array_equal(kept.labels_, OPTICS(min_samples=5, xi=xi).fit(X).labels_)
    assert len(list(Store("kept").list())) == 1


def test_pipeline_works_on_read_only_arrays(data):
    X, y = data
    pipeline = make_pipeline(
        StandardScaler(), PCA(2, random_state=0), model(), memory=Memory("kept", mmap_mode="r", verbose=0)
    )
    scores = {cross_val_score(pipeline, X, y, cv=3).mean() for _ in range(2)}
    assert len(scores) == 1
    probe = make_pipeline(Centre(), Probe(), memory=pipeline.memory)
    probe.fit(X, y).fit(X, y)
    assert ran == ["fit", "read-only", "read-only"]


def test_fitted_pipeline_can_be_pickled_with_its_memory(memory, data):
    X, y = data
    pipeline = make_pipeline(Centre(), model(), memory=memory).fit(X, y)
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict(X), pipeline.predict(X))
    clone(again).fit(X, y)
    assert ran == ["fit"]


UNSEEDED = """
    import warnings
    from sklearn.datasets import load_iris
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from Lutil.checkpoints import Memory

    X, y = load_iris(return_X_y=True)
    memory = Memory("kept", verbose=0)
    pipeline = make_pipeline(PCA(2, svd_solver="randomized"), LogisticRegression(max_iter=1000), memory=memory)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        for _ in range(5):
            pipeline.fit(X, y)
        pipeline.set_params(pca__random_state=3)
        for _ in range(3):
            pipeline.fit(X, y)
    print(sum(1 for _ in pipeline.memory._store().list()), *(one.message for one in said))
"""


def test_step_without_random_state_says_once_why_it_runs_each_time(program):
    program.write(UNSEEDED)
    count, _, said = program.run().partition(" ")
    assert int(count) == 6
    assert said.count("ran 3 times in a row because stream `numpy` was another each time") == 1
    assert said.count("pass random_state=") == 1


def test_step_that_draws_from_a_seeded_stream_is_kept_and_moves_it(memory, data):
    X, y = data
    pipeline = make_pipeline(Noise(), model(), memory=memory)
    after = set()
    for _ in range(2):
        np.random.seed(5)
        pipeline.fit(X, y)
        after.add(np.random.normal())
    assert ran == ["fit"]
    assert len(after) == 1


# Estimators whose methods are checkpointed


def test_checkpointed_fit_and_transform_in_pipelines_clones_and_pickles(data):
    X, y = data
    plain = make_pipeline(Centre(), model()).fit(X, y).predict(X)
    ran.clear()
    estimator = make_pipeline(KeptCentre(), model())
    for one in (estimator, clone(estimator), pickle.loads(pickle.dumps(estimator))):
        np.testing.assert_array_equal(one.fit(X, y).predict(X), plain)
        assert list(vars(one[0])) == ["by", "means_"]
    assert ran == ["fit", "transform"]
    assert KeptCentre().fit.is_cached(X, y)
    assert not KeptCentre(2.0).fit.is_cached(X, y)


def test_fitted_estimator_is_another_input_of_its_fit(data):
    X, y = data
    estimator = KeptCentre()
    for _ in range(3):
        assert estimator.fit(X, y) is estimator
    assert ran == ["fit", "fit"]
    clone(estimator).fit(X, y)
    assert ran == ["fit", "fit"]


def test_checkpointed_fit_in_a_search(data):
    X, y = data
    search = GridSearchCV(make_pipeline(KeptCentre(), model()), {"logisticregression__C": [0.1, 1.0]}, cv=3)
    search.fit(X, y)
    assert ran.count("fit") == 4  # three folds, and all of the data
    best = search.best_params_
    assert search.fit(X, y).best_params_ == best
    assert ran.count("fit") == 4


SEARCH = """
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from Lutil.checkpoints import Memory, checkpoint

    class Centre(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            with open("log", "a") as log:
                log.write("fit ")
            self.means_ = X.mean(axis=0)
            return self
        def transform(self, X):
            return X - self.means_

    class Model(LogisticRegression):
        @checkpoint
        def fit(self, X, y):
            with open("log", "a") as log:
                log.write("model ")
            return super().fit(X, y)

    if __name__ == "__main__":
        X, y = load_iris(return_X_y=True)
        pipeline = make_pipeline(Centre(), Model(max_iter=1000), memory=Memory("kept", verbose=0))
        for grid in ([0.1, 1.0], [1.0, 0.1], [1.0, 10.0]):
            search = GridSearchCV(pipeline, {"model__C": grid}, cv=3, n_jobs=2).fit(X, y)
            words = open("log").read().split()
            print(search.best_score_ > 0.9, words.count("fit"), words.count("model"))
"""


def test_workers_of_a_search_find_what_others_kept_and_one_of_them_computes(program):
    program.write(SEARCH)
    # Three folds and all of the data; two models for each fold and the best for all; then one more for each fold.
    assert program.run() == "True 4 7\nTrue 4 7\nTrue 4 10\n"
