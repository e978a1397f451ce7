"""What is wrong in a directory file: the file, the line, the rule and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding, `where` is the way to its key. An error keeps the directory from loading; a warning does not."""

    file: str
    line: int
    rule: str
    message: str
    severity: Literal["error", "warning"] = "error"
    where: tuple[str | int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.rule}: {self.message}"


class DirectoryBroken(ValueError):
    """The directory was not loaded, nothing was changed; `findings` says why."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("The directory was not loaded:\n" + "\n".join(map(str, self.findings)))
