"""Numbers as people read them, and tables of text."""

import shutil


def of_bytes(value):
    """1536 -> "1.5 KiB"."""
    sign, value = "-" if value < 0 else "", abs(value)
    if value < 1024:
        return f"{sign}{value:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        value /= 1024
        if value < 999.5 or unit == "TiB":
            return f"{sign}{value:.{0 if value >= 100 else 1}f} {unit}"


def of_count(value):
    """1234567 -> "1.23 M"."""
    sign, value = "-" if value < 0 else "", abs(value)
    if value < 10000:
        return f"{sign}{value:,.0f}"
    for unit in ("k", "M", "G", "T"):
        value /= 1000
        if value < 999.5 or unit == "T":
            return f"{sign}{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}"


def of_time(value):
    """0.0015 -> "1.5 ms"."""
    if value is None:
        return "-"
    for limit, factor, unit in ((1e-3, 1e6, "us"), (1, 1e3, "ms"), (120, 1, "s"), (7200, 1 / 60, "min")):
        if value < limit:
            return f"{value * factor:.{0 if value * factor >= 100 else 1}f} {unit}"
    return f"{value / 3600:.1f} h"


def of_part(part, whole):
    return f"{100 * part / whole:.0f}%" if whole else "-"


def cut(text, width):
    return text if len(text) <= width else text[: width - 3] + "..."


def columns(rows, heads):
    """Lines of a table: the last column is text, and cut to the terminal's width; the others are numbers."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads) - 1)]
    room = max(20, min(shutil.get_terminal_size((100, 24)).columns, 160) - sum(widths) - 2 * len(widths) - 2)
    return ["  " + "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths)), cut(row[-1], room)]) for row in [heads, *rows]]
