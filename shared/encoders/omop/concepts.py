"""The few standard concepts that are used. 0 is OMOP's own "no matching concept": the source value
then says what it is.

Each was seen with its code and name in a public source
(`shared/clinical/evidence/omop-concepts.csv`); what was not is 0. Vocabularies have licences of
their own and are not shipped; with them loaded, source values can be mapped by their codes.
"""

from collections.abc import Mapping

from shared.records.vocabulary import Role, Sex

NO_CONCEPT = 0
EHR = 32817  # type of every record: EHR
STILL_PATIENT = 32220  # type of a visit that goes on
CDM_5_4 = 756265

GENDERS: Mapping[int, int] = {Sex.MALE: 8507, Sex.FEMALE: 8532}
EMERGENCY_ROOM_VISIT, INPATIENT_VISIT = 9203, 9201
VISITS: Mapping[int, int] = {
    role: INPATIENT_VISIT if role >= Role.ROLE_2 else EMERGENCY_ROOM_VISIT for role in Role
}
# By LOINC code.
MEASUREMENTS: Mapping[str, int] = {
    "8302-2": 3036277,
    "29463-7": 3025315,
    "8867-4": 3027018,
    "8480-6": 3004249,
    "8462-4": 3012888,
    "9279-1": 3024171,
    "59408-5": 40762499,
    "8310-5": 3020891,
    "9269-2": 3007194,
    "72514-3": 43055141,
}
# By UCUM code.
UNITS: Mapping[str, int] = {
    "cm": 8582,
    "kg": 9529,
    "/min": 8541,
    "mm[Hg]": 8876,
    "%": 8554,
    "Cel": 586323,
    "{score}": 44777566,
}
ROUTES: Mapping[str, int] = {
    "intravenous": 4171047,
    "intramuscular": 4302612,
    "oral": 4132161,
    "transmucosal": 4232601,
}
