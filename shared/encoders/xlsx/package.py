"""The parts of an Office Open XML package that name its other parts."""

from collections.abc import Sequence

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(names: Sequence[str]) -> bytes:
    """The sheets in the order in which they are shown."""
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    ).encode()


def workbook_relations(parts: Sequence[str]) -> bytes:
    """Where the sheets and styles are."""
    sheets = [
        _relation(number, "worksheet", f"worksheets/{part}") for number, part in enumerate(parts, 1)
    ]
    return _relations([*sheets, _relation(len(parts) + 1, "styles", "styles.xml")])


def package_relations() -> bytes:
    """Where the workbook is."""
    return _relations([_relation(1, "officeDocument", "xl/workbook.xml")])


def content_types(parts: Sequence[str]) -> bytes:
    """What each part is."""
    sheets = [(f"/xl/worksheets/{part}", "worksheet") for part in parts]
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles"), *sheets]
    named = "".join(
        f'<Override PartName="{part}" ContentType="{_TYPES}.{kind}+xml"/>'
        for part, kind in overrides
    )
    defaults = (
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{defaults}{named}</Types>'.encode()


def _relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _relations(relations: Sequence[str]) -> bytes:
    return (
        f'{_XML}<Relationships xmlns="{_RELATIONS}">{"".join(relations)}</Relationships>'.encode()
    )
