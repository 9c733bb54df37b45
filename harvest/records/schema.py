"""JSON Schema of every record a person or another program may meet in a file."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from harvest.records.lines import Fault, Figures, Sample, Visit
from harvest.records.meta import RunMeta
from harvest.records.pack import Pair, PairsManifest, QualityFile
from harvest.records.record import Record
from harvest.records.summary import RunSummary

RECORDS: dict[str, type[Record]] = {
    model.__name__: model
    for model in (Pair, PairsManifest, QualityFile, Visit, Figures, Sample, Fault, RunMeta, RunSummary)
}


class _Untitled(GenerateJsonSchema):
    """Leaves out titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Never."""
        return False


def schema(model: type[Record]) -> dict[str, Any]:
    """Describe a record as JSON Schema, draft 2020-12."""
    described = model.model_json_schema(mode="serialization", schema_generator=_Untitled)
    return {"$schema": GenerateJsonSchema.schema_dialect, **described}
