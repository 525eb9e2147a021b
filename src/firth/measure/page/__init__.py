"""How a full report is shown: as one self-contained page of HTML, or as Markdown.

`html.page(report)` and `markdown.page(report)` read a `FullReport` and compute nothing.
"""
