"""Checks of templates: of all that Jinja2 can, what the text of a follow-up may be made of."""

from collections.abc import Iterator

from jinja2 import nodes

from inbound_core.errors import InboundError

NAMES = ("profile", "event")
DEEPEST_LOOPS = 3

_OF_TEXT = ("capitalize", "default", "d", "join", "length", "lower", "string", "title", "trim", "truncate", "upper")
FILTERS = (*_OF_TEXT, "first", "float", "int", "last", "round", "sort", "unique")

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Add,
    nodes.Sub,
    nodes.Neg,
)


class TemplateFailure(InboundError, ValueError):
    """Report a template that cannot be used, or not for these values, and what to write instead."""


def check_nodes(tree: nodes.Template) -> None:
    """Refuse what a template may not be made of; raise `TemplateFailure` naming the line."""
    targets = [loop.target for loop in tree.find_all(nodes.For)]
    # A name with an underscore in front could be one of those that count here.
    loops = {found.name for target in targets for found in _names(target) if not found.name.startswith("_")}
    if targets:
        loops.add("loop")
    for node in tree.find_all(nodes.Node):
        line = f" (line {node.lineno})"
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            raise TemplateFailure(f"A template has no {kind}{line}: only values, filters, if and for.")
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            known = ", ".join(sorted(FILTERS))
            raise TemplateFailure(f"There is no filter {node.name!r} here{line}. There are: {known}.")
        if isinstance(node, nodes.Name) and node.name not in (*NAMES, *loops):
            raise TemplateFailure(f"{node.name!r} is not known{line}. Write profile.{node.name} or event.{node.name}.")
    _check_loops(tree, 0)


def _check_loops(node: nodes.Node, depth: int) -> None:
    if isinstance(node, nodes.For):
        depth += 1
        if node.recursive or depth > DEEPEST_LOOPS:
            text = f"Loops stand at most {DEEPEST_LOOPS} deep in each other (line {node.lineno}), and not recursive."
            raise TemplateFailure(text)
    for child in node.iter_child_nodes():
        _check_loops(child, depth)


def _names(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)
