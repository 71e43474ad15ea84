"""Run by the validators' environment: read resources, one a line, and write a line for each: empty,
or what google-fhir says of it.
"""

import sys

from google.fhir.core.fhir_errors import InvalidFhirError
from google.fhir.r4 import json_format
from google.fhir.r4.proto.core.resources.bundle_and_contained_resource_pb2 import ContainedResource

for line in sys.stdin:
    try:
        json_format.json_fhir_string_to_proto(
            line, ContainedResource, validate=True, default_timezone="UTC"
        )
    except (InvalidFhirError, ValueError) as error:
        sys.stdout.write(" ".join(str(error).split()) or type(error).__name__)
    sys.stdout.write("\n")
