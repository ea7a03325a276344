#!/usr/bin/env python3
"""Writes the small fact files that the drill is built from: crates/replay/data/*.csv and openai-2023-11-08.json.

Usage: make-drill-data.py FOLDER [--check]

FOLDER holds the sources; crates/replay/data/README.md says where each comes from:
  azure2023_conv.csv                   Azure LLM inference trace 2023, conversation (TIMESTAMP,ContextTokens,GeneratedTokens)
  incidents_2021_2025.csv              incident records (provider, impact, components, start, end, ...)
  replay_2023-11-08_openai.json        the facts of 8 November 2023
They are looked for in FOLDER and in the folders below it.

Only facts are taken: times, counts of tokens, provider, severity. No title and no prose of a provider.
With --check nothing is written; the exit code is 1 when a file differs from what the sources give.
"""

import csv
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "crates" / "replay" / "data"

# The 548 days in which both providers kept public records: from the first Anthropic record on.
FIRST = datetime(2023, 7, 11, tzinfo=timezone.utc)
END = datetime(2025, 1, 9, tzinfo=timezone.utc)

# A posted incident that stays open for longer is a notice that nobody closed, not an outage of that length.
LONGEST = timedelta(hours=48)

# The component whose incidents count, per provider: the API, not the chat products beside it.
API = {"openai": "API", "anthropic": "api.anthropic.com"}

SEVERITIES = ("minor", "major", "critical")


def find(folder, name):
    found = sorted(folder.rglob(name))
    if not found:
        sys.exit(f"make-drill-data.py: no {name} in {folder} or below it; see crates/replay/data/README.md")
    return found[0]


def arrivals(path):
    """Milliseconds since the request before, tokens asked, tokens answered.

    Each time is rounded on its own and then subtracted, so that roundings do not add up over the hour.
    """
    lines = ["delta_ms,context_tokens,generated_tokens"]
    first, before = None, 0
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            # The trace gives seven decimals, of which datetime takes six.
            at = datetime.fromisoformat(row["TIMESTAMP"][:26]).replace(tzinfo=timezone.utc)
            first = first or at
            now = round((at - first) / timedelta(milliseconds=1))
            lines.append(f"{now - before},{row['ContextTokens']},{row['GeneratedTokens']}")
            before = now
    return "\n".join(lines) + "\n"


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def minute(at):
    return at.strftime("%Y-%m-%dT%H:%MZ")


def incidents(path):
    """Provider, severity, start and end of every API incident that touches the 548 days."""
    rows = set()
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            provider, severity = row["provider"], row["impact"]
            start, end = instant(row["start"]), instant(row["end"])
            if provider not in API or severity not in SEVERITIES or API[provider] not in row["components"].split("|"):
                continue
            if not start or not end or not start < end or end - start > LONGEST or end <= FIRST or start >= END:
                continue
            rows.add((start, end, provider, severity))
    lines = ["provider,severity,start,end"]
    lines += [f"{provider},{severity},{minute(start)},{minute(end)}" for start, end, provider, severity in sorted(rows)]
    return "\n".join(lines) + "\n"


def eighth_of_november(path):
    """Times, statuses, counts and the exact error bodies of 8 November 2023."""
    facts = json.loads(path.read_text())
    status_page, probe = facts["status_page_incident"], facts["independent_probe"]
    others = [
        {key: other[key] for key in ("posted", "monitoring", "degraded_again", "resolved") if key in other}
        for other in facts["same_day_other_openai_incidents"]
    ]
    out = {
        "provider": "openai",
        "status_page": {key: status_page[key] for key in ("posted", "identified", "monitoring", "resolved_post")},
        "postmortem_window": status_page["postmortem_window"],
        "daily_minutes_api": status_page["official_daily_minutes_2023_11_08"]["api"],
        "other_incidents": others,
        "probe": {
            "start": probe["start"],
            "end": probe["end"],
            "counts": {key: probe["long_test"][key] for key in ("http_502", "http_503", "http_429")},
            "first_429": probe["long_test"]["http_429_from"],
            "single_success": probe["short_test_single_pass_at"],
        },
        "phases": [{key: phase[key] for key in ("from", "to", "mix")} for phase in facts["phases"]],
    }
    return json.dumps(out, indent=1) + "\n"


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder = Path(arguments[0])
    files = {
        "arrivals-azure-2023-conv.csv": arrivals(find(folder, "azure2023_conv.csv")),
        "incidents-2023-2025.csv": incidents(find(folder, "incidents_2021_2025.csv")),
        "openai-2023-11-08.json": eighth_of_november(find(folder, "replay_2023-11-08_openai.json")),
    }
    stale = 0
    for name, text in files.items():
        path = DATA / name
        same = path.exists() and path.read_text() == text
        if "--check" in sys.argv:
            stale += not same
            print(f"{'as it should be' if same else 'DIFFERS'}: {path.name}")
        else:
            DATA.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"{len(text):7} bytes, {text.count(chr(10)):6} lines: {path.name}")
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
