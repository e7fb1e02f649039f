"""The HTML in a text: tags of known elements, comments, the document type, scripts and styles.

What merely stands in angle brackets is text: ``List<String>``, ``<jo@example.org>``, ``x < y > z``,
and ``a <b and c> d``, since ``and`` is no attribute of HTML. Names of elements are written in small
or in capital letters: ``List<Object>`` is a type of a programming language.
"""

import re

_ELEMENTS = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|big|blink|"
    "blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|"
    "details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|"
    "frameset|h1|h2|h3|h4|h5|h6|head|header|hgroup|hr|html|i|iframe|img|input|ins|kbd|label|"
    "legend|li|link|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noframes|noscript|o:p|"
    "object|ol|optgroup|option|output|p|param|picture|pre|progress|q|rp|rt|ruby|s|samp|script|"
    "search|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|"
    "tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr"
)
# Attributes that stand without a value; any other name without one is a word of the text.
_BOOLEANS = (
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|declare|default|defer|"
    "disabled|formnovalidate|hidden|inert|ismap|itemscope|loop|multiple|muted|nohref|nomodule|"
    "noresize|noshade|novalidate|nowrap|open|playsinline|readonly|required|reversed|seamless|"
    "selected"
)

_NAME = f"{_ELEMENTS}|{_ELEMENTS.upper()}"
# The third form of a value is one without quotation marks, or with one that is never closed.
_VALUE = r"""(?:"[^"]*"|'[^']*'|["']?[^\s"'<>]*)"""
_BOOLEAN = rf"(?i:{_BOOLEANS}|data-[\w-]+)(?=[\s/>])"
_ATTRIBUTE = rf"""(?:\s+|(?<=["']))(?:[^\s"'<>/=]+\s*=\s*{_VALUE}|{_BOOLEAN})"""
_ATTRIBUTES = rf"(?:{_ATTRIBUTE})*\s*"
# No comment or script is searched beyond the start of the next one, so that the time stays linear.
_COMMENT = r"<!--(?:(?!<!--).)*?-->"
_CODE = rf"(?i:<(?P<code>script|style){_ATTRIBUTES}>(?:(?!<(?P=code)).)*?</(?P=code)\s*>)"
_DOCTYPE = r"<!(?i:doctype)\b[^<>]*>"
_TAG = rf"</?(?:{_NAME}){_ATTRIBUTES}/?>"

MARKUP = re.compile(f"{_COMMENT}|{_CODE}|{_DOCTYPE}|{_TAG}", re.DOTALL)
"""Matches one piece of markup; see the module."""
