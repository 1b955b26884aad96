"""Arguments of a call: one more, in the layout of those that are there."""

from __future__ import annotations

import libcst as cst

_TIGHT = cst.AssignEqual(whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace(""))


def with_keyword(call: cst.Call, name: str, value: cst.BaseExpression, *, last: bool = False) -> cst.Call:
    """The call with ``name=value`` behind its positional arguments, or behind its keywords when ``last``."""
    new = cst.Arg(value, keyword=cst.Name(name), equal=_TIGHT)
    args = list(call.args)
    index = sum(1 for arg in args if arg.star != "**" and (last or arg.keyword is None))
    if not args:
        return call.with_changes(args=[new])
    if index == len(args):
        args[-1], new = _behind_last(_gap(call), args[-1], new)
    elif index == 0:
        new = new.with_changes(comma=cst.Comma(whitespace_after=_layout(call.whitespace_before_args)))
    else:
        before = args[index - 1]
        comma = before.comma if isinstance(before.comma, cst.Comma) else cst.Comma()
        new = new.with_changes(comma=cst.Comma(whitespace_after=_layout(comma.whitespace_after)))
    args.insert(index, new)
    return call.with_changes(args=args)


def _gap(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """What stands before one more argument: a line break where each has a line, a space where they share one."""
    last = call.args[-1]
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    commented = isinstance(end, cst.ParenthesizedWhitespace) and end.first_line.comment is not None
    comma = call.args[-2].comma if len(call.args) > 1 else None
    shared = isinstance(comma, cst.Comma) and not isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)
    return cst.SimpleWhitespace(" ") if shared and not commented else _layout(call.whitespace_before_args)


def _behind_last(gap: cst.BaseParenthesizableWhitespace, last: cst.Arg, new: cst.Arg) -> tuple[cst.Arg, cst.Arg]:
    """The last argument and a new one behind it; a comma or a comment at the end stays where it is."""
    if isinstance(last.comma, cst.Comma):
        end = last.comma.whitespace_after
        gap = _with_comment(gap, end)
        new = new.with_changes(comma=last.comma.with_changes(whitespace_after=_layout(end, otherwise="")))
        return last.with_changes(comma=cst.Comma(whitespace_after=gap)), new
    end = last.whitespace_after_arg
    gap = _with_comment(gap, end)
    new = new.with_changes(whitespace_after_arg=_layout(end, otherwise=""))
    return last.with_changes(comma=cst.Comma(whitespace_after=gap), whitespace_after_arg=cst.SimpleWhitespace("")), new


def _layout(space: cst.BaseParenthesizableWhitespace, otherwise: str = " ") -> cst.BaseParenthesizableWhitespace:
    """The same line break without its comments; ``otherwise`` where the line is not broken."""
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return cst.SimpleWhitespace(otherwise)
    first = cst.TrailingWhitespace(newline=space.first_line.newline)
    return space.with_changes(first_line=first, empty_lines=())


def _with_comment(
    gap: cst.BaseParenthesizableWhitespace, end: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The gap with the comments that stood at the end."""
    if not isinstance(end, cst.ParenthesizedWhitespace):
        return gap
    if isinstance(gap, cst.ParenthesizedWhitespace):
        return gap.with_changes(first_line=end.first_line, empty_lines=end.empty_lines)
    return end if end.first_line.comment is not None else gap
