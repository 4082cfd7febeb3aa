"""What the logs in inspect/ come to, counted and computed without any of Safelevel's code. Usage: verdicts.py > verdicts.json

Python 3.11, scipy 1.17.1, statsmodels 0.15.0, zstandard 0.25.0. Reads the zip entries itself, counts samples one by one, takes exact bounds
from scipy's beta distribution (checked against statsmodels where counts are whole) and the bootstrap by going through every draw of clusters.
"""
import io, itertools, json, os, struct, zlib
from collections import defaultdict
from fractions import Fraction

import zstandard
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inspect")


def entries(path):
    raw = open(path, "rb").read()
    if raw[:4] != b"PK\x03\x04":
        for sample in json.loads(raw)["samples"]:
            yield sample
        return
    end = raw.rindex(b"PK\x05\x06")
    count, _, at = struct.unpack("<HII", raw[end + 10 : end + 20])
    for _ in range(count):
        method, = struct.unpack("<H", raw[at + 10 : at + 12])
        packed, size, n, m, k = struct.unpack("<IIHHH", raw[at + 20 : at + 34])
        local, = struct.unpack("<I", raw[at + 42 : at + 46])
        name = raw[at + 46 : at + 46 + n].decode()
        extra = raw[at + 46 + n : at + 46 + n + m]
        wide = {}
        while len(extra) >= 4:
            kind, length = struct.unpack("<HH", extra[:4])
            wide[kind] = extra[4 : 4 + length]
            extra = extra[4 + length :]
        fields = iter(struct.unpack("<%dQ" % (len(wide.get(1, b"")) // 8), wide.get(1, b"")))
        size = next(fields) if size == 0xFFFFFFFF else size
        packed = next(fields) if packed == 0xFFFFFFFF else packed
        local = next(fields) if local == 0xFFFFFFFF else local
        a, b = struct.unpack("<HH", raw[local + 26 : local + 30])
        data = raw[local + 30 + a + b :][:packed]
        data = {0: lambda: data, 8: lambda: zlib.decompress(data, -15), 93: lambda: zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()}[method]()
        if name.startswith("samples/") and name.endswith(".json"):
            yield json.loads(data)
        at += 46 + n + m + k


def outcome(sample):
    scores = list((sample.get("scores") or {}).values())
    value = scores[0]["value"] if scores else None
    if value == "C" or value == 1:
        return "passed"
    if sample.get("error"):
        return "errored"
    if value == "N":
        return "refused"
    return "failed" if value == "I" or value == 0 else "unscored"


def exact(successes, trials):
    if trials == 0:
        return 0.0, 1.0
    lower = 0.0 if successes <= 0 else beta.ppf(0.05, successes, trials - successes + 1)
    upper = 1.0 if trials - successes <= 0 else beta.ppf(0.95, successes + 1, trials - successes)
    if float(successes).is_integer() and float(trials).is_integer():
        low, high = proportion_confint(int(successes), int(trials), alpha=0.10, method="beta")
        assert abs(low - lower) < 1e-9 and abs(high - upper) < 1e-9
    return float(lower), float(upper)


def bounds(clusters):
    """clusters: list of (successes, trials). Rao and Scott's effective size, exact bounds; the widest of these and the bootstrap."""
    n = sum(t for _, t in clusters)
    s = sum(x for x, _ in clusters)
    m = len(clusters)
    p = s / n
    if all(t == 1 for _, t in clusters):
        return exact(s, n)
    if m < 2 or p in (0, 1):
        worth = m
    else:
        between = sum((x - p * t) ** 2 for x, t in clusters) * m / (m - 1) / n**2
        alone = p * (1 - p) / n
        worth = n if between <= alone else n * alone / between
    low, high = exact(p * worth, worth)
    rates = sorted(
        Fraction(sum(clusters[i][0] for i in draw), sum(clusters[i][1] for i in draw))
        for draw in itertools.product(range(m), repeat=m)
    )
    cut = int(0.05 * len(rates))
    return min(low, float(rates[cut])), max(high, float(rates[len(rates) - 1 - cut]))


def case(version, name, count):
    tries = defaultdict(lambda: defaultdict(int))
    family = {}
    for sample in entries(os.path.join(HERE, version, name)):
        tries[sample["id"]][outcome(sample)] += 1
        family[sample["id"]] = sample["metadata"]["family"]
    totals = {k: sum(t[k] for t in tries.values()) for k in ("passed", "failed", "refused", "errored", "unscored")}
    passed = sum(t["passed"] > 0 for t in tries.values())
    failed = sum(t["passed"] == 0 and t["failed"] >= 10 and t["failed"] == sum(t.values()) for t in tries.values())
    total = max(count, len(tries))
    both = []
    for against in (False, True):
        clusters = defaultdict(lambda: [0, 0])
        for task, t in tries.items():
            unsure = t["refused"] + t["errored"] + t["unscored"]
            clusters[family[task]][0] += t["passed"] + (unsure if against else 0)
            clusters[family[task]][1] += sum(t.values())
        per = max(1, round(sum(totals.values()) / len(tries)))
        for i in range(total - len(tries)):
            clusters[f"absent {i}"] = [per if against else 0, per]
        both.append(bounds([tuple(c) for c in clusters.values()]))
    return {
        "log": f"{version}/{name}",
        "count": count,
        "totals": totals,
        "autonomy": {"lower": passed / total, "upper": (total - failed) / total},
        "rate": {"lower": both[0][0], "upper": both[1][1]},
    }


cases = [
    case(version, name, count)
    for version in ("0.3.100", "0.3.285")
    for name, count in (("autonomy-eval.eval", 4), ("autonomy-eval.eval", 6), ("autonomy-json.json", 4), ("faulty.eval", 4), ("limited.eval", 3), ("limited.eval", 6))
]
print(json.dumps({"source": __doc__.split("\n\n")[1].strip().replace("\n", " "), "cases": cases}, indent=1))
