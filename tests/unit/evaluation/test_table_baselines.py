"""The baselines of tables with many categories."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from small_studies import CLASSES, OPTIONS, study_data

from vitrine.data.domains.table import DOMAIN
from vitrine.data.encoding import save_encoding
from vitrine.evaluation.baselines.table import TREE_CATEGORIES, one_hot, tree_columns
from vitrine.evaluation.fit_baselines import fit_baseline, fit_baselines
from vitrine.files import write_table


def shops(count: int, rows: int, seed: int = 0) -> pd.DataFrame:
    """Rows with a field of many categories, whose number says the label, and a missing cell.

    Half of the rows that are drawn are of the first ten categories.
    """
    rng = np.random.default_rng(seed)
    drawn = np.where(rng.random(rows - count) < 0.5, 10, count)
    shop = np.concatenate([np.arange(count), rng.integers(0, drawn)])
    frame = pd.DataFrame(
        {
            "instance": range(rows),
            "shop": [f"shop {number:04d}" for number in shop],
            "income": rng.normal(size=rows),
            "label": np.where(shop % 2 == 0, "good", "bad"),
        }
    )
    frame.loc[0, "shop"] = None
    return frame


def test_a_study_with_2000_categories_has_baselines(tmp_path):
    frames = {
        "train": shops(2000, 6000),
        "validation": shops(2000, 4000, seed=1),
        "test": shops(2000, 4000, seed=2),
    }
    frames["test"].loc[1, "shop"] = "a new shop"
    encoding = DOMAIN.fit("toy", frames["train"], CLASSES, study_data())
    save_encoding(tmp_path, encoding)
    for split, frame in frames.items():
        write_table(tmp_path / f"{split}.parquet", frame)
    baselines = fit_baselines(tmp_path, "auc", OPTIONS, seed=0)[0]["baselines"]
    auc = {
        name: next(
            row["value"]
            for row in baseline["metrics"]
            if (row["split"], row["metric"]) == ("test", "auc")
        )
        for name, baseline in baselines.items()
    }
    # The label is a function of the category, but trees tell the frequent ones alone apart.
    assert auc["logistic"] > 0.99
    assert auc["boosted_trees"] > 0.6
    probabilities = fit_baseline(tmp_path, "boosted_trees", "auc", 0).score(frames["test"].head(2))
    assert probabilities.shape == (2, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_trees_group_rare_and_new_categories():
    once = shops(300, 300)
    # The last 254 stand in two rows each.
    train = pd.concat([once, once.tail(TREE_CATEGORIES - 1)], ignore_index=True)
    encode = tree_columns(train, DOMAIN.fit("toy", train, CLASSES, study_data()))
    names = ["shop 0299", "shop 0298", "shop 0001", "shop 0002", "never seen", None]
    column = encode(pd.DataFrame({"shop": names, "income": 0.0}))["shop"]
    assert len(column.cat.categories) == TREE_CATEGORIES
    assert column.isna().tolist() == [False] * 5 + [True]
    frequent, other_frequent, rare, other_rare, new = column.cat.codes[:5]
    assert rare == other_rare == new
    assert len({frequent, other_frequent, rare}) == 3


def test_trees_keep_few_categories():
    train = shops(TREE_CATEGORIES, 300).fillna({"shop": "shop 0000"})
    encode = tree_columns(train, DOMAIN.fit("toy", train, CLASSES, study_data()))
    column = encode(train)["shop"]
    # Each category has its number, in their order.
    assert column.tolist() == train["shop"].rank(method="dense").sub(1).tolist()


@pytest.mark.parametrize(("count", "sparse"), [(20, False), (600, True)])
def test_one_hot_is_sparse_where_it_is_wide(count, sparse):
    train = shops(count, 800)
    rows = train.head(5).assign(shop=[None, "shop 0001", "shop 0000", "never seen", "shop 0001"])
    encode = one_hot(train, DOMAIN.fit("toy", train, CLASSES, study_data()))
    table = encode(rows)
    assert issparse(table) == sparse
    dense = table.toarray() if sparse else table
    # Categories, a mark for a missing one, the number, a mark for a missing one.
    categories = sorted(train["shop"].dropna().unique())
    expected = np.array([[shop == name for name in categories] for shop in rows["shop"]])
    np.testing.assert_array_equal(dense[:, : len(categories)], expected)
    np.testing.assert_array_equal(dense[:, -3], [1, 0, 0, 0, 0])
    scaled = (rows["income"] - train["income"].mean()) / train["income"].std()
    np.testing.assert_allclose(dense[:, -2], scaled)
    assert not dense[:, -1].any()
