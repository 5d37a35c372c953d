"""Shared numbers: clusters of profiles on one number, and what would happen to each of them (R11-R14)."""

import ipywidgets as w
from markupsafe import Markup

from inbound_core.profiles import Profile
from inbound_core.template_checks import TemplateFailure
from inbound_core.templates import render
from simulator.carrier.segments import segment
from workbench import pages
from workbench.bench import Bench
from workbench.card import Card, guarded, html, line
from workbench.clusters import Cluster, cluster_of, merge_dry_run
from workbench.row_list import RowList, toned

#: The most shared numbers that are listed.
MOST = 500
#: What a campaign says until the reader writes something else.
MESSAGE = "Hi {{ profile.first_name | default('you') }}, our news!"
_QUESTIONS = (
    ("A message comes in", "message"),
    ("STOP comes in", "stop"),
    ("A campaign goes out", "campaign"),
    ("They are merged (dry run)", "merge"),
)


class SharedNumbers(Card):
    """List the numbers that several profiles have; choose one and ask what would happen."""

    heading = "Shared numbers"
    hint = "Choose a number, then what happens to it. Nothing is changed here."

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.list = RowList(("number", "profiles", "oldest", "also on it", "written as"), "shared numbers", height=200)
        self.list.empty = "No number is on more than one profile."
        self.list.layout.width = "100%"
        self.question = w.ToggleButtons(options=_QUESTIONS, style={"button_width": "auto"})
        self.question.add_class("iw-toggle")
        self.message = w.Text(value=MESSAGE, layout=w.Layout(width="min(420px, 100%)"))
        senders = {bench.sender_name(sender.key): sender.key for sender in bench.senders()}
        self.sender = w.Dropdown(options=senders, layout=w.Layout(width="200px"))
        self._campaign = line(self.message, w.Label("from"), self.sender)
        self.detail = html()
        self.clusters: list[Cluster] = []
        super().__init__(self.list, line(self.question), self._campaign, self.detail)
        self.list.observe(lambda _change: self.explain(), "selected")
        for control in (self.question, self.message, self.sender):
            control.observe(lambda _change: self.explain(), "value")
        self.refresh()
        bench.listen(self.refresh)

    @guarded
    def refresh(self) -> None:
        """Look for shared numbers again."""
        workspace = self.bench.workspace
        shared = [phone for phone, _ in workspace.shared_numbers()[:MOST]]
        found = _by_number(workspace.profiles(), shared)
        shared.sort(key=lambda phone: not any(profile.id in self.bench.own_people for profile in found[phone]))
        policy = workspace.policy
        self.clusters = [
            cluster_of(phone, found[phone], policy.tie_break, workspace.consent(phone).opted_out_senders(phone))
            for phone in shared
        ]
        self.list.show([_row(cluster) for cluster in self.clusters], max(self.list.selected, 0))
        self.explain()

    @guarded
    def explain(self) -> None:
        """Answer the question for the chosen number."""
        chosen = self.list.selected
        self._campaign.layout.display = None if self.question.value == "campaign" else "none"
        inner = self._answer(self.clusters[chosen]) if 0 <= chosen < len(self.clusters) else Markup("")
        self.detail.show(inner)

    def _answer(self, cluster: Cluster) -> Markup:
        if self.question.value == "merge":
            return _merge(cluster)
        rows = []
        for profile in cluster.profiles:
            age = f"{profile.created_at:%Y-%m-%d}"
            mark = pages.badge("oldest", "good") if profile is cluster.resolution.profile else ""
            rows.append(
                (pages.element("b", profile.id), age, pages.code(profile.phone), mark, self._effect(cluster, profile))
            )
        said = {
            "message": f"{cluster.resolution.why} The others learn nothing of it (R12).",
            "stop": "An opt-out acts on the number, so on every profile here and on those that get it later (R14).",
            "campaign": self._campaign_words(cluster),
        }
        table = pages.table(("profile", "created", "phone as stored", "", "what happens to it"), rows)
        return pages.join((table, pages.element("div", said[self.question.value], css="iw-notice iw-info")))

    def _effect(self, cluster: Cluster, profile: Profile) -> Markup:
        oldest = profile is cluster.resolution.profile
        if self.question.value == "message":
            return pages.badge("the message is its own", "good") if oldest else pages.badge("nothing", "quiet")
        if self.question.value == "stop":
            return pages.badge("opted out", "bad")
        if self.sender.value in cluster.opted_out_of:
            return pages.badge("refused (R21)", "bad")
        try:
            body = render(self.message.value, {**profile.attributes, "id": profile.id}, {})
        except TemplateFailure as error:
            return pages.join((pages.badge("fails", "warn"), f" {error}"))
        count = pages.count(segment(body).count, "SMS", "SMS")
        return pages.join((pages.badge(count, "info"), f" “{pages.shown(body)}”"))

    def _campaign_words(self, cluster: Cluster) -> str:
        if self.sender.value in cluster.opted_out_of:
            name = self.bench.sender_name(self.sender.value)
            return f"{cluster.phone} opted out of {name}, so none of them gets it (R21). Other senders may still write."
        gets = f"{cluster.phone} gets {len(cluster.profiles)} messages"
        return f"Each profile gets its own message, so {gets} (R13). That is allowed; once per number is a switch."

    def picture(self) -> Markup:
        """Show the clusters as a table."""
        rows = [(c.phone, len(c.profiles), *_row(c)[3:]) for c in self.clusters[:10]]
        return pages.join((pages.table(("number", "profiles", "also on it", "written as"), rows), self.detail.content))


def _by_number(profiles: list[Profile], phones: list[str]) -> dict[str, list[Profile]]:
    found: dict[str, list[Profile]] = {phone: [] for phone in phones}
    for profile in profiles:
        if profile.phone_e164 in found:
            found[profile.phone_e164].append(profile)
    return found


def _row(cluster: Cluster) -> tuple[str | dict[str, str], ...]:
    first = cluster.resolution.profile
    others = ", ".join(profile.id for profile in cluster.profiles[1:6])
    more = ", …" if len(cluster.profiles) > 6 else ""
    oldest = toned(first.id, "good") if first else ""
    return (cluster.phone, str(len(cluster.profiles)), oldest, others + more, " | ".join(cluster.spellings[:4]))


def _merge(cluster: Cluster) -> Markup:
    oldest = cluster.profiles[0].id
    rows = []
    for merged in merge_dry_run(cluster.profiles):
        lost = ", ".join(f"{value} ({owner})" for owner, value in merged.lost)
        rows.append(
            (merged.name, pages.code(merged.value), merged.kept_from, pages.badge("lost", "warn") if lost else "", lost)
        )
    note = pages.paragraph(f"Merged into {oldest}, the oldest. Only a dry run: nothing is changed.", css="iw-dim")
    return pages.join((note, pages.table(("attribute", "stays", "of", "", "values that go"), rows)))
