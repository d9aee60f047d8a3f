"""The commands that limit the app are for this very app, whatever its product is called."""

import pytest

from shared_code.pages.limiting import CALENDARS_READ_WRITE, limiting_commands

CLIENT = "6f1c0f3e-4d5a-4b8e-9a3e-0a6ce0f0a001"


def test_the_commands_let_in_one_group_and_take_the_rest_away() -> None:
    limiting = limiting_commands("Example", CLIENT)

    assert f'$id = "{CLIENT}"' in limiting.to_group
    assert "-DisplayName 'Example'" in limiting.to_group
    assert '-Role "Application Calendars.ReadWrite"' in limiting.to_group
    assert CALENDARS_READ_WRITE in limiting.to_nothing_else
    assert "Remove-MgServicePrincipalAppRoleAssignment" in limiting.to_nothing_else


@pytest.mark.parametrize(
    ("product", "quoted"),
    [
        ("Ada's $calendar `n", "'Ada''s $calendar `n'"),
        ("Ada’s", "'Ada’’s'"),
        ('"; Remove-Item "', "'\"; Remove-Item \"'"),
    ],
)
def test_a_name_is_text_to_powershell_and_nothing_else(product: str, quoted: str) -> None:
    limiting = limiting_commands(product, CLIENT)

    assert f"-DisplayName {quoted}" in limiting.to_group
