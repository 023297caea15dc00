"""The ledger of an article as pages show it: drawn from what ``replica.audit`` finds, never computed here."""

from __future__ import annotations


def _audit() -> object:
    try:
        from replica.audit import ledger as audit
    except ImportError as error:
        raise RuntimeError(f"the ledger needs replica.audit.ledger, which cannot be imported: {error}") from None
    return audit


def finding(slug: str, claim_id: str) -> tuple[str, str]:
    """Markdown and plain text of one row of the ledger."""
    raise RuntimeError(f"{_audit()} has no rows yet")


def whole(slug: str) -> tuple[str, str]:
    """HTML and plain text of the whole ledger of an article."""
    raise RuntimeError(f"{_audit()} has no rows yet")
