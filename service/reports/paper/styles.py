"""The looks of a report, in one place, piece by piece.

In a copy that leaves us they are written into each element, because mail programs drop style sheets; the children,
who are never mailed and may be thousands, have theirs in the copy's own style sheet. In a page of the service they are
classes of the site, and roles: a table that is laid out line by line on a small screen is a table still.

Black and one grey on white, both past WCAG AA (15:1 and 6.9:1); what colour says is said by words or hatching too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup

_FONT = "font-family:Arial,Helvetica,sans-serif;color:#0b0c0c;"
_SMALL = "font-size:16px;line-height:1.35;"
_HEAD = f"vertical-align:bottom;font-weight:bold;border-bottom:2px solid #0b0c0c;{_SMALL}"
_EDGE = "border-bottom:1px solid #b1b4b6;"

_TABLE = f"width:100%;border-collapse:collapse;margin:0 0 12px;{_SMALL}"
_NOTE = "display:block;font-weight:normal;font-size:15px;line-height:1.35;color:#505a5f;margin-top:3px;"

_STYLES = {
    "body": f"margin:0;padding:0;background:#ffffff;{_FONT}font-size:18px;line-height:1.4;",
    "bar": "background:#0b0c0c;color:#ffffff;font-size:16px;font-weight:bold;padding:12px 16px;",
    "page": "max-width:960px;margin:0 auto;padding:24px 16px 48px;",
    "caption": "margin:0 0 4px;font-size:18px;color:#505a5f;",
    "h1": "margin:0 0 12px;font-size:34px;line-height:1.15;font-weight:bold;",
    "h2": "margin:44px 0 10px;font-size:25px;line-height:1.2;font-weight:bold;",
    "h3": "margin:28px 0 6px;font-size:19px;line-height:1.25;font-weight:bold;",
    "p": "margin:0 0 12px;max-width:700px;",
    "small": f"margin:0 0 10px;max-width:700px;{_SMALL}color:#505a5f;",
    "stamp": f"margin:0 0 24px;{_SMALL}color:#505a5f;",
    "demonstration": "margin:0 0 20px;padding:10px 14px;border:2px solid #0b0c0c;font-weight:bold;max-width:700px;",
    "opening": "margin:0 0 22px;padding:4px 0 4px 18px;border-left:8px solid #0b0c0c;font-size:24px;line-height:1.35;"
    "font-weight:bold;",
    "cards": "width:100%;border-collapse:collapse;margin:0 0 20px;",
    "card": "width:33%;vertical-align:top;padding:14px 18px 14px 0;border-top:3px solid #0b0c0c;",
    "big": "font-size:52px;line-height:1;font-weight:bold;",
    "of": "font-size:20px;font-weight:bold;white-space:nowrap;",
    "card_words": f"display:block;margin-top:8px;{_SMALL}",
    "table": _TABLE,
    "stacked": _TABLE,
    "children": _TABLE,
    "th": f"text-align:left;{_HEAD}padding:8px 12px 8px 0;",
    "thn": f"text-align:right;{_HEAD}padding:8px 0 8px 12px;",
    "th_last": f"text-align:left;{_HEAD}padding:8px 0 8px 28px;",
    "td_last": f"text-align:left;vertical-align:top;padding:10px 0 10px 28px;width:210px;{_EDGE}",
    "row": f"text-align:left;vertical-align:top;padding:10px 12px 10px 0;font-weight:bold;{_EDGE}",
    "td": f"text-align:left;vertical-align:top;padding:10px 12px 10px 0;{_EDGE}",
    "th_child": f"text-align:left;{_HEAD}padding:6px 8px 6px 0;font-size:14px;",
    "tdn": f"text-align:right;vertical-align:top;padding:10px 0 10px 12px;white-space:nowrap;{_EDGE}",
    "figure": "font-size:20px;font-weight:bold;",
    "note": _NOTE,
    "under": _NOTE,
    "strong_note": "display:block;font-weight:bold;font-size:15px;line-height:1.35;margin-top:3px;",
    "key": "list-style:none;margin:0 0 12px;padding:0;font-size:16px;",
    "key_item": "display:inline-block;margin:0 22px 6px 0;",
    "key_words": "vertical-align:5px;margin-left:8px;",
    "footer": "margin:48px 0 0;padding-top:14px;border-top:1px solid #b1b4b6;",
    "h2_last": "margin:0 0 4px;font-size:19px;",
    "dl": "margin:0 0 24px;",
    "rests": "margin:0 0 12px;padding-left:20px;font-size:16px;line-height:1.4;max-width:700px;",
    "dt": f"font-weight:bold;margin:12px 0 0;{_SMALL}",
    "dd": f"margin:2px 0 0;max-width:700px;{_SMALL}",
}

_CLASSES = {
    "opening": "opening",
    "cards": "cards",
    "card": "card",
    "stacked": "stacked",
    "children": "children",
    "both": "both",
    "under": "n",
    "wide": "wide",
    "narrow": "narrow",
}
"""What the style sheet of a copy changes on a small screen."""

_OF_THE_SITE = {
    "caption": "govuk-caption-l",
    "h1": "govuk-heading-l",
    "h2": "govuk-heading-m",
    "h3": "govuk-heading-s report__group",
    "p": "govuk-body",
    "small": "quiet report__small",
    "stamp": "quiet report__stamp",
    "opening": "finding__words report__opening",
    "cards": "report__figures",
    "card": "report__figure",
    "big": "report__big",
    "of": "report__of",
    "card_words": "report__says",
    "key": "legend",
    "key_item": "report__key",
    "wide": "report__wide",
    "narrow": "report__narrow",
    "details": "govuk-details",
    "summary": "govuk-details__summary",
    "summary_text": "govuk-details__summary-text",
    "hidden": "govuk-visually-hidden",
    "link": "govuk-link",
    "stacked": "govuk-table report__table",
    "children": "report__children",
    "long": "report__long",
    "thead": "govuk-table__head",
    "tbody": "govuk-table__body",
    "tr": "govuk-table__row",
    "th": "govuk-table__header",
    "thn": "govuk-table__header govuk-table__header--numeric",
    "th_last": "govuk-table__header report__series",
    "row": "govuk-table__header",
    "td": "govuk-table__cell",
    "tdn": "govuk-table__cell govuk-table__cell--numeric",
    "td_last": "govuk-table__cell report__series",
    "both": "report__both",
    "figure": "report__number",
    "note": "quiet report__note",
    "under": "quiet report__under",
    "strong_note": "quiet report__note report__note--strong",
    "footer": "report__foot",
    "h2_last": "govuk-heading-s",
    "dl": "report__words",
    "rests": "govuk-list govuk-list--bullet quiet-list",
}
_ROLES = {
    "stacked": "table",
    "thead": "rowgroup",
    "tbody": "rowgroup",
    "tr": "row",
    **dict.fromkeys(("th", "thn", "th_last"), "columnheader"),
    "row": "rowheader",
    **dict.fromkeys(("td", "tdn", "td_last"), "cell"),
}

TONES = {
    "met": "background:#12436d;color:#ffffff;border:2px solid #12436d;",
    "hidden": "background:#f6dfea;color:#801650;border:2px dashed #801650;",
    "late": "background:#ffffff;color:#0b0c0c;border:2px solid #0b0c0c;",
}


def _attributes(**by_attribute: Mapping[str, str]) -> dict[str, Markup]:
    """For each piece that there is, its attributes as they are written into a tag, with a space before each."""
    names: Iterable[str] = {*_STYLES, *_CLASSES, *_OF_THE_SITE}
    return {
        name: Markup("").join(
            Markup(' {}="{}"').format(attribute, given[name])
            for attribute, given in by_attribute.items()
            if name in given
        )
        for name in names
    }


OF_A_COPY = _attributes(style=_STYLES, **{"class": _CLASSES})
OF_THE_SITE = _attributes(role=_ROLES, **{"class": _OF_THE_SITE})
