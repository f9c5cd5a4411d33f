"""The people of a row, and the company that is called after one."""

from __future__ import annotations

from ts_customers.importing._draft import Draft, Values
from ts_customers.importing._people import split_name

INCOMPLETE = "contact_incomplete"
NAMED = "contact_named"

# A company's name may be longer than a person's.
_LONGEST_NAME = 200
# Without one of these a contact is nobody, whatever its flags say.
_PERSON = ("first_name", "last_name", "email", "phone", "mobile", "notes")


def split_names(draft: Draft) -> set[int]:
    """Make first and last names of names in one cell.

    Returns:
        The contacts whose names came from one cell.
    """
    found = set()
    for at, contact in enumerate(draft.contacts):
        name = contact.pop("name", None)
        if not name or contact.get("first_name") or contact.get("last_name"):
            continue
        first, last = split_name(name, draft.country) if isinstance(name, str) else (name, "")
        parts = {key: part for key, part in (("first_name", first), ("last_name", last)) if part}
        contact.update(parts)
        draft.changed(f"contacts.{at}.name", name, parts)
        found.add(at)
    return found


def name_company(draft: Draft) -> None:
    """Call a customer without a company after its first contact: by the name, or the address."""
    if draft.customer.get("company_name") or not draft.contacts:
        return
    person = draft.contacts[0]
    names = (person.get("first_name"), person.get("last_name"))
    called = " ".join(part for part in names if isinstance(part, str) and part)
    if name := called or person.get("email"):
        draft.customer["company_name"] = name
        draft.changed("company_name", None, name)


def leave_out_nobodies(draft: Draft) -> None:
    """Leave out who has no e-mail address, and what is nobody.

    A contact without an address cannot be stored, and its company should not be lost for that.
    """
    for at, contact in enumerate(draft.contacts):
        if not any(map(contact.get, _PERSON)):
            draft.contacts[at] = {}
        elif not contact.get("email"):
            _leave_out(draft, at, contact)
    while draft.contacts and not draft.contacts[-1]:
        draft.contacts.pop()


def name_contacts(draft: Draft, *, halves: set[int] | None) -> None:
    """Name who has an address and no name: after the mailbox, and the company or else the domain.

    Args:
        draft: The row.
        halves: The contacts that may also miss a first or a last name alone; None: all of them.
    """
    for at, contact in enumerate(draft.contacts):
        names = (contact.get("first_name"), contact.get("last_name"))
        may_miss = not any(names) or halves is None or at in halves
        if contact.get("email") and not all(names) and may_miss:
            _name_contact(draft, at, contact)


def _leave_out(draft: Draft, at: int, contact: Values) -> None:
    told = ", ".join(str(contact[key]) for key in _PERSON if contact.get(key))
    path = next(
        path
        for name in (*_PERSON, "name")
        if (path := f"contacts.{at}.{name}") in draft.flat or name == "name"
    )
    draft.warn(path, told, INCOMPLETE, "a contact needs an e-mail address; this one was left out")
    draft.contacts[at] = {}


def _name_contact(draft: Draft, at: int, contact: Values) -> None:
    email = contact["email"]
    mailbox, _, domain = email.rpartition("@") if isinstance(email, str) else ("", "", "")
    company = draft.customer.get("company_name") or domain
    if not mailbox or not isinstance(company, str):
        return
    contact["first_name"] = contact.get("first_name") or mailbox[:_LONGEST_NAME]
    contact["last_name"] = contact.get("last_name") or company[:_LONGEST_NAME]
    name = f"{contact['first_name']} {contact['last_name']}"
    draft.named.append(at)
    draft.warn(
        f"contacts.{at}.email", email, NAMED, f"the file has no whole name for it; called {name}"
    )
