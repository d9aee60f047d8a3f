"""The flows of accounts that people connect themselves, over the adapters; ``bootstrap.App`` has all the others."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared_code.showing import Showing

if TYPE_CHECKING:
    from shared_code.flows.passing_on import PassingOn
    from shared_code.flows.personal_confirming import PersonalConfirming
    from shared_code.flows.personal_leaving import PersonalLeaving
    from shared_code.flows.personal_signing import PersonalSigning
    from shared_code.personal_ports import PersonalAuthority, PersonalSignIns


class Personal(Showing):
    """As in ``bootstrap``: each is imported and built at first use."""

    @cached_property
    def personal_signing(self) -> "PersonalSigning":
        from shared_code.flows.personal_signing import PersonalSigning

        return PersonalSigning(
            self._personal_sign_ins,
            self._personal_authority,
            self._token_vault,
            self._upkeep,
            self._seals,
            self._chance,
        )

    @cached_property
    def personal_confirming(self) -> "PersonalConfirming":
        from shared_code.flows.personal_confirming import PersonalConfirming

        return PersonalConfirming(
            self.personal_signing,
            self._personal_sign_ins,
            self._acting,
            self._organizations,
            self._users,
            self._token_vault,
            self._upkeep,
            self._queues,
        )

    @cached_property
    def passing_on(self) -> "PassingOn":
        from shared_code.flows.passing_on import PassingOn

        return PassingOn(self.connections, self._personal_authority)

    @cached_property
    def personal_leaving(self) -> "PersonalLeaving":
        from shared_code.flows.personal_leaving import PersonalLeaving

        return PersonalLeaving(self._organizations, self._users, self._acting, self._upkeep, self._queues)

    @cached_property
    def _personal_authority(self) -> "PersonalAuthority":
        from shared_code.adapters.entra.personal_authority import personal_authority

        return personal_authority(self.settings, self.clock)

    @cached_property
    def _personal_sign_ins(self) -> "PersonalSignIns":
        from shared_code.adapters.tables.personal_sign_ins import TablePersonalSignIns

        return TablePersonalSignIns(self._rows)
