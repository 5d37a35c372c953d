"""Templates: the text of a follow-up, filled in with a profile and an event, unable to do anything else.

Jinja2's sandbox with less in it: no assignments, macros, includes, calls or Python attributes, a short list of
filters, and limits on the length of every text made and on the rounds of all loops together.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import do_round
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inbound_core.template_checks import FILTERS, TemplateFailure, check_nodes

#: Twilio refuses longer bodies (error 21617).
LONGEST_BODY = 1600
LONGEST_TEMPLATE = 4000
MOST_ROUNDS = 1000
#: To round means to compute a power of ten, and no number has more digits than this.
MOST_DIGITS = 15
#: Rendering stops here; what is white space at the ends does not count for the SMS.
LONGEST_OUTPUT = 20_000
_OF_LOOPS = ("index", "index0", "first", "last")

_NO_SUCH = re.compile(r"has no (?:attribute|element) '?(\w+)'?")

_TESTS = ("defined", "undefined", "none", "string", "number", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "in")


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
        """Give a value of a mapping or an item of a list; nothing (a null) is a value that is not there."""
        if isinstance(obj, Mapping) and obj.get(argument) is not None:
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


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    if abs(precision) > MOST_DIGITS:
        raise _Limited(f"round goes to at most {MOST_DIGITS} digits, not {precision}")
    return do_round(value, precision, method)  # type: ignore[arg-type]


def _environment() -> _Environment:
    # Not optimized: Jinja2 would work out constants while reading, in a time that grows with their square.
    environment = _Environment(undefined=_Missing, autoescape=False, cache_size=0, optimized=False)
    environment.filters = {name: _measured(environment.filters[name]) for name in FILTERS}
    environment.filters["round"] = _measured(_round)
    environment.filters["_counted"] = _counted
    environment.filters["_joined"] = lambda parts: _short("".join(map(str, parts)))
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    environment.tests["none"] = lambda value: value is None or isinstance(value, Undefined)
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
        body = _joined_output(template.generate(profile=profile, event=event, _rounds=[0])).strip()
    except TemplateError as error:
        raise TemplateFailure(f"The template cannot be filled in: {_plain(error)}.") from error
    except Exception as error:
        # Whatever one template does, the messages behind it still go out.
        raise TemplateFailure(f"The template cannot be filled in: {error}.") from error
    if not body:
        raise TemplateFailure("The template comes out empty, and an SMS needs a text.")
    if len(body) > LONGEST_BODY:
        raise TemplateFailure(f"The text has {len(body)} characters; an SMS has at most {LONGEST_BODY}. Say less.")
    return body


def _joined_output(pieces: Iterable[str]) -> str:
    made, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > LONGEST_OUTPUT:
            raise _Limited(f"it makes more than {LONGEST_OUTPUT} characters; an SMS has at most {LONGEST_BODY}")
        made.append(piece)
    return "".join(made)


@lru_cache(maxsize=256)
def _compiled(source: str) -> Any:
    if not source.strip():
        raise TemplateFailure("The template is empty, and an SMS needs a text.")
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateFailure(f"The template has {len(source)} characters; the most is {LONGEST_TEMPLATE}.")
    try:
        tree = _ENVIRONMENT.parse(source)
        check_nodes(tree)
        return _ENVIRONMENT.from_string(_limited(tree))
    except (TemplateError, RecursionError, SyntaxError) as error:
        raise TemplateFailure(f"The template cannot be read: {_plain(error)}.") from error


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
        return f"there is no {missing[1]!r}; a default helps, such as | default('there') behind it"
    return text
