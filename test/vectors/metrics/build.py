"""Writes scikit-learn's and SciPy's answers to small rankings: `python build.py > scikit-learn.json`."""
import json

import numpy as np
import scipy
import sklearn
from scipy.stats import binomtest
from sklearn import metrics as m

rng = np.random.default_rng(20261121)


def case(name, scores, labels, threshold, with_bootstrap=False):
    scores, labels = np.asarray(scores, float), np.asarray(labels, int)
    flagged = scores >= threshold
    fpr, tpr, _ = m.roc_curve(labels, scores, drop_intermediate=False)
    edges = np.clip((scores * 10).astype(int), 0, 9)
    ece = sum((edges == b).mean() * abs(scores[edges == b].mean() - labels[edges == b].mean()) for b in range(10) if (edges == b).any())
    tn, fp, fn, tp = m.confusion_matrix(labels, flagged, labels=[0, 1]).ravel().tolist()
    wilson = binomtest(tp, tp + fn).proportion_ci(method="wilson")
    out = {
        "name": name, "threshold": threshold, "scores": scores.tolist(), "labels": labels.tolist(),
        "averagePrecision": m.average_precision_score(labels, scores), "auroc": m.roc_auc_score(labels, scores),
        "recallAt1PercentFpr": float(tpr[fpr <= 0.01].max()), "recallAt20PercentFpr": float(tpr[fpr <= 0.2].max()),
        "f1": m.f1_score(labels, flagged, zero_division=0), "precision": m.precision_score(labels, flagged, zero_division=0),
        "recall": m.recall_score(labels, flagged), "fpr": fp / (fp + tn),
        "recallWilson": [wilson.low, wilson.high], "brier": m.brier_score_loss(labels, scores), "ece": float(ece),
    }
    if with_bootstrap:
        pos, neg = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
        drawn = [np.concatenate([rng.choice(pos, len(pos)), rng.choice(neg, len(neg))]) for _ in range(10_000)]
        both = np.array([(m.average_precision_score(labels[d], scores[d]), m.roc_auc_score(labels[d], scores[d])) for d in drawn])
        low, high = np.percentile(both, [2.5, 97.5], axis=0)
        out["averagePrecisionBootstrap"], out["aurocBootstrap"] = [low[0], high[0]], [low[1], high[1]]
    return out


def noisy(n, share, step=None):
    labels = (rng.random(n) < share).astype(int)
    labels[:2] = [0, 1]
    scores = 1 / (1 + np.exp(-(rng.normal(size=n) + 1.5 * (labels - 0.5))))
    return (np.round(scores / step) * step if step else np.round(scores, 6)), labels


cases = [
    case("four rows", [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.5),
    case("all scores equal", [0.5] * 6, [0, 1, 0, 1, 1, 0], 0.5),
    case("perfect", [0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], 0.5),
    case("reversed", [0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 0.5),
    case("nothing flagged", [0.1, 0.2, 0.3, 0.15], [1, 0, 1, 0], 0.5),
    case("300 rows", *noisy(300, 0.3), 0.5, with_bootstrap=True),
    case("300 rows, many ties", *noisy(300, 0.2, 0.125), 0.5),
    case("400 rows, few positives", *noisy(400, 0.03), 0.7),
]
print(json.dumps({
    "source": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, by build.py",
    "cases": cases,
}))
