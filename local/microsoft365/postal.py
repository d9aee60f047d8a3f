"""From an address to the mailbox behind it, in whichever tenant of this Microsoft it is; and what is mailed there."""

from dataclasses import dataclass

from local.microsoft365.events import Event, Party
from local.microsoft365.mail_log import Mail, MailKind
from local.microsoft365.mailbox import Mailbox
from local.microsoft365.world import Person, Tenant, World


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at their mailbox. ``tenant`` is where mail is looked for first."""

    tenant: Tenant
    person: Person

    @property
    def mailbox(self) -> Mailbox:
        return self.person.open_mailbox()

    def is_at(self, address: str) -> bool:
        return any(each is self.person for each in self.tenant.directory.with_address(address))


def find_desk(world: World, address: str, near: Tenant) -> Desk | None:
    """Mail goes by its domain to a tenant that has it, the sender's own before others."""
    domain = address.rpartition("@")[2].lower()
    for tenant in (near, *(each for each in world.tenants.values() if each is not near)):
        if domain in {tenant.domain, *tenant.verified_domains}:
            found = (each for each in tenant.directory.with_address(address) if each.licensed)
            person = next(found, None)
            if person is not None:
                return Desk(tenant, person)
    return None


def post(world: World, kind: MailKind, event: Event, sender: Party, to: Party, near: Tenant, comment: str = "") -> None:
    """Microsoft's own mail, which is only counted here: what it does in a mailbox is done by whoever sends it."""
    world.mails.add(
        Mail(
            n=world.mails.take_number(),
            at=world.now(),
            kind=kind,
            sender=sender.address,
            recipient=to.address,
            subject=event.content.subject,
            comment=comment,
            i_cal_u_id=event.uid,
            delivered=find_desk(world, to.address, near) is not None,
        )
    )
