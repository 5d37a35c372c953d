"""Templates: the text of a follow-up, filled in with a profile and an event, unable to do anything else.

Jinja2's sandbox with less in it: no assignments, macros, includes, calls or Python attributes, a short list of
filters, and limits on the length of every text made and on the rounds of all loops together.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inbound_core.errors import InboundError

#: Twilio refuses longer bodies (error 21617).
LONGEST_BODY = 1600
LONGEST_TEMPLATE = 4000
MOST_ROUNDS = 1000
DEEPEST_LOOPS = 3
NAMES = ("profile", "event")
_OF_LOOPS = ("index", "index0", "first", "last")

_NO_SUCH = re.compile(r"has no (?:attribute|element) '?(\w+)'?")

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

_FILTERS = ("capitalize", "default", "d", "first", "float", "int", "join", "last", "length", "lower", "round", "title")
_FILTERS_TOO = ("trim", "truncate", "upper", "string", "sort", "unique")
_TESTS = ("defined", "undefined", "none", "string", "number", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "in")


class TemplateFailure(InboundError, ValueError):
    """Report a template that cannot be used, or not for these values, and what to write instead."""


class _Missing(StrictUndefined):
    """Stand for a value that is not there: `if` takes it for no, printing it is an error."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class _Limited(SecurityError):
    """Stop a rendering that grows beyond the limits."""


class _Environment(ImmutableSandboxedEnvironment):
    """Look names up in mappings only, and measure whatever is made."""

    intercepted_binops = frozenset(["+", "-"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Give what a mapping has under a name; nothing has Python attributes here."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Give a value of a mapping or an item of a list."""
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in _OF_LOOPS:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        """Let nothing be called."""
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Add and subtract numbers, and join short texts."""
        return _short(super().call_binop(context, operator, left, right))


def _short(value: Any) -> Any:
    if isinstance(value, str | list | tuple) and len(value) > LONGEST_TEMPLATE:
        raise _Limited(f"it makes a text longer than {LONGEST_TEMPLATE} characters on the way")
    return value


def _counted(items: Iterable[Any], rounds: list[int]) -> Iterator[Any]:
    for item in items:
        rounds[0] += 1
        if rounds[0] > MOST_ROUNDS:
            raise _Limited(f"its loops go round more than {MOST_ROUNDS} times")
        yield item


def _measured(function: Callable[..., Any]) -> Callable[..., Any]:
    # Jinja2 marks on a filter what it wants to be given; `wraps` keeps the marks.
    @wraps(function)
    def measured(*arguments: Any) -> Any:
        for argument in arguments:
            _short(argument)
        return _short(function(*arguments))

    return measured


def _environment() -> _Environment:
    environment = _Environment(undefined=_Missing, autoescape=False, cache_size=0)
    allowed = (*_FILTERS, *_FILTERS_TOO)
    environment.filters = {name: _measured(environment.filters[name]) for name in allowed}
    environment.filters["_counted"] = _counted
    environment.filters["_joined"] = lambda parts: _short("".join(map(str, parts)))
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.globals = {}
    return environment


_ENVIRONMENT = _environment()


def check_template(source: str) -> None:
    """Refuse a template that could not be rendered for anybody; raise `TemplateFailure`."""
    _compiled(source)


def render(source: str, profile: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Fill a template in, for one SMS.

    `profile` has the attributes with `id`; `event` what set it off, such as `body` and `keyword`. Raise
    `TemplateFailure` for a value that is not there, an empty body, or a body, loop or text beyond the limits.

    >>> render("Hi {{ profile.first_name | default('there') }}, you wrote {{ event.keyword }}.", {}, {"keyword": "YES"})
    'Hi there, you wrote YES.'
    """
    template = _compiled(source)
    try:
        body: str = template.render(profile=profile, event=event, _rounds=[0]).strip()
    except TemplateError as error:
        raise TemplateFailure(f"The template cannot be filled in: {_plain(error)}.") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise TemplateFailure(f"The template cannot be filled in: {error}.") from error
    if not body:
        raise TemplateFailure("The template comes out empty, and an SMS needs a text.")
    if len(body) > LONGEST_BODY:
        raise TemplateFailure(f"The text has {len(body)} characters; an SMS has at most {LONGEST_BODY}. Say less.")
    return body


@lru_cache(maxsize=256)
def _compiled(source: str) -> Any:
    if not source.strip():
        raise TemplateFailure("The template is empty, and an SMS needs a text.")
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateFailure(f"The template has {len(source)} characters; the most is {LONGEST_TEMPLATE}.")
    try:
        tree = _ENVIRONMENT.parse(source)
        _check_nodes(tree)
        return _ENVIRONMENT.from_string(_limited(tree))
    except (TemplateError, RecursionError, SyntaxError) as error:
        raise TemplateFailure(f"The template cannot be read: {_plain(error)}.") from error


def _check_nodes(tree: nodes.Template) -> None:
    targets = [loop.target for loop in tree.find_all(nodes.For)]
    loops = {found.name for target in targets for found in _names(target)}
    if targets:
        loops.add("loop")
    for node in tree.find_all(nodes.Node):
        line = f" (line {node.lineno})"
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__.lower()
            raise TemplateFailure(f"A template has no {kind}{line}: only values, filters, if and for.")
        if isinstance(node, nodes.Filter) and node.name not in (*_FILTERS, *_FILTERS_TOO):
            known = ", ".join(sorted((*_FILTERS, *_FILTERS_TOO)))
            raise TemplateFailure(f"There is no filter {node.name!r} here{line}. There are: {known}.")
        if isinstance(node, nodes.Name) and node.name not in (*NAMES, *loops):
            raise TemplateFailure(f"{node.name!r} is not known{line}. Write profile.{node.name} or event.{node.name}.")
        if isinstance(node, nodes.For) and (node.recursive or _depth(node) > DEEPEST_LOOPS):
            raise TemplateFailure(f"Loops stand at most {DEEPEST_LOOPS} deep in each other{line}, and not recursive.")


def _names(target: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(target, nodes.Name):
        yield target
    yield from target.find_all(nodes.Name)


def _depth(loop: nodes.For) -> int:
    inner = [_depth(other) for other in loop.find_all(nodes.For)]
    return 1 + max(inner, default=0)


def _limited(tree: nodes.Template) -> nodes.Template:
    """Count the rounds of each loop and measure each joined text."""
    for loop in list(tree.find_all(nodes.For)):
        rounds = nodes.Name("_rounds", "load", lineno=loop.lineno)
        loop.iter = nodes.Filter(loop.iter, "_counted", [rounds], [], None, None, lineno=loop.lineno)
    for parent in [tree, *tree.find_all(nodes.Node)]:
        for field, value in list(parent.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(parent, field, _joined(value))
            elif isinstance(value, list):
                setattr(parent, field, [_joined(v) if isinstance(v, nodes.Concat) else v for v in value])
    tree.set_environment(_ENVIRONMENT)
    return tree


def _joined(concat: nodes.Concat) -> nodes.Filter:
    parts = nodes.List(concat.nodes, lineno=concat.lineno)
    return nodes.Filter(parts, "_joined", [], [], None, None, lineno=concat.lineno)


def _plain(error: BaseException) -> str:
    text = str(error).rstrip(".")
    missing = _NO_SUCH.search(text)
    if missing:
        example = f"{{{{ profile.{missing[1]} | default('there') }}}}"
        return f"there is no {missing[1]!r}; a default helps, such as {example}"
    return text
