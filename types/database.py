from __future__ import annotations

import datetime
import uuid
from typing import (
    Annotated,
    Any,
    List,
    Literal,
    Optional,
    TypedDict,
)
from typing_extensions import NotRequired, TypeAlias

from pydantic import BaseModel, Field, JsonValue

AuthAalLevel: TypeAlias = Literal["aal1", "aal2", "aal3"]

AuthCodeChallengeMethod: TypeAlias = Literal["s256", "plain"]

AuthFactorStatus: TypeAlias = Literal["unverified", "verified"]

AuthFactorType: TypeAlias = Literal["totp", "webauthn", "phone"]

AuthOauthAuthorizationStatus: TypeAlias = Literal["pending", "approved", "denied", "expired"]

AuthOauthClientType: TypeAlias = Literal["public", "confidential"]

AuthOauthRegistrationType: TypeAlias = Literal["dynamic", "manual"]

AuthOauthResponseType: TypeAlias = Literal["code"]

AuthOneTimeTokenType: TypeAlias = Literal["confirmation_token", "reauthentication_token", "recovery_token", "email_change_token_new", "email_change_token_current", "phone_change_token"]

class PublicAddressFormats(BaseModel):
    country: str = Field(alias="country")
    name: str = Field(alias="name")
    postal_code_example: Optional[str] = Field(alias="postal_code_example")
    postal_code_pattern: Optional[str] = Field(alias="postal_code_pattern")
    required: List[str] = Field(alias="required")
    subdivisions: JsonValue = Field(alias="subdivisions")

class PublicAddressFormatsInsert(TypedDict):
    country: Annotated[str, Field(alias="country")]
    name: Annotated[str, Field(alias="name")]
    postal_code_example: NotRequired[Annotated[Optional[str], Field(alias="postal_code_example")]]
    postal_code_pattern: NotRequired[Annotated[Optional[str], Field(alias="postal_code_pattern")]]
    required: Annotated[List[str], Field(alias="required")]
    subdivisions: NotRequired[Annotated[JsonValue, Field(alias="subdivisions")]]

class PublicAddressFormatsUpdate(TypedDict):
    country: NotRequired[Annotated[str, Field(alias="country")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    postal_code_example: NotRequired[Annotated[Optional[str], Field(alias="postal_code_example")]]
    postal_code_pattern: NotRequired[Annotated[Optional[str], Field(alias="postal_code_pattern")]]
    required: NotRequired[Annotated[List[str], Field(alias="required")]]
    subdivisions: NotRequired[Annotated[JsonValue, Field(alias="subdivisions")]]

class PublicCustomerActivities(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    customer_id: uuid.UUID = Field(alias="customer_id")
    description: Optional[str] = Field(alias="description")
    id: uuid.UUID = Field(alias="id")
    metadata: JsonValue = Field(alias="metadata")
    occurred_at: datetime.datetime = Field(alias="occurred_at")
    organization_id: uuid.UUID = Field(alias="organization_id")
    related_id: Optional[uuid.UUID] = Field(alias="related_id")
    related_type: Optional[str] = Field(alias="related_type")
    title: str = Field(alias="title")
    type: str = Field(alias="type")

class PublicCustomerActivitiesInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    related_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="related_id")]]
    related_type: NotRequired[Annotated[Optional[str], Field(alias="related_type")]]
    title: Annotated[str, Field(alias="title")]
    type: Annotated[str, Field(alias="type")]

class PublicCustomerActivitiesUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    related_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="related_id")]]
    related_type: NotRequired[Annotated[Optional[str], Field(alias="related_type")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    type: NotRequired[Annotated[str, Field(alias="type")]]

class PublicCustomerActivitiesArchive(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    customer_id: uuid.UUID = Field(alias="customer_id")
    description: Optional[str] = Field(alias="description")
    id: uuid.UUID = Field(alias="id")
    metadata: JsonValue = Field(alias="metadata")
    occurred_at: datetime.datetime = Field(alias="occurred_at")
    organization_id: uuid.UUID = Field(alias="organization_id")
    related_id: Optional[uuid.UUID] = Field(alias="related_id")
    related_type: Optional[str] = Field(alias="related_type")
    title: str = Field(alias="title")
    type: str = Field(alias="type")

class PublicCustomerActivitiesArchiveInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    related_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="related_id")]]
    related_type: NotRequired[Annotated[Optional[str], Field(alias="related_type")]]
    title: Annotated[str, Field(alias="title")]
    type: Annotated[str, Field(alias="type")]

class PublicCustomerActivitiesArchiveUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    description: NotRequired[Annotated[Optional[str], Field(alias="description")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    related_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="related_id")]]
    related_type: NotRequired[Annotated[Optional[str], Field(alias="related_type")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    type: NotRequired[Annotated[str, Field(alias="type")]]

class PublicCustomerContacts(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    customer_id: uuid.UUID = Field(alias="customer_id")
    email: str = Field(alias="email")
    first_name: str = Field(alias="first_name")
    id: uuid.UUID = Field(alias="id")
    is_primary: bool = Field(alias="is_primary")
    last_name: str = Field(alias="last_name")
    mobile: Optional[str] = Field(alias="mobile")
    notes: Optional[str] = Field(alias="notes")
    organization_id: uuid.UUID = Field(alias="organization_id")
    phone: Optional[str] = Field(alias="phone")
    portal_access: bool = Field(alias="portal_access")
    preferred_contact_method: str = Field(alias="preferred_contact_method")
    receives_marketing: bool = Field(alias="receives_marketing")
    receives_order_updates: bool = Field(alias="receives_order_updates")
    role: str = Field(alias="role")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")

class PublicCustomerContactsInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    email: Annotated[str, Field(alias="email")]
    first_name: Annotated[str, Field(alias="first_name")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_primary: NotRequired[Annotated[bool, Field(alias="is_primary")]]
    last_name: Annotated[str, Field(alias="last_name")]
    mobile: NotRequired[Annotated[Optional[str], Field(alias="mobile")]]
    notes: NotRequired[Annotated[Optional[str], Field(alias="notes")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    phone: NotRequired[Annotated[Optional[str], Field(alias="phone")]]
    portal_access: NotRequired[Annotated[bool, Field(alias="portal_access")]]
    preferred_contact_method: NotRequired[Annotated[str, Field(alias="preferred_contact_method")]]
    receives_marketing: NotRequired[Annotated[bool, Field(alias="receives_marketing")]]
    receives_order_updates: NotRequired[Annotated[bool, Field(alias="receives_order_updates")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="user_id")]]

class PublicCustomerContactsUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    first_name: NotRequired[Annotated[str, Field(alias="first_name")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_primary: NotRequired[Annotated[bool, Field(alias="is_primary")]]
    last_name: NotRequired[Annotated[str, Field(alias="last_name")]]
    mobile: NotRequired[Annotated[Optional[str], Field(alias="mobile")]]
    notes: NotRequired[Annotated[Optional[str], Field(alias="notes")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    phone: NotRequired[Annotated[Optional[str], Field(alias="phone")]]
    portal_access: NotRequired[Annotated[bool, Field(alias="portal_access")]]
    preferred_contact_method: NotRequired[Annotated[str, Field(alias="preferred_contact_method")]]
    receives_marketing: NotRequired[Annotated[bool, Field(alias="receives_marketing")]]
    receives_order_updates: NotRequired[Annotated[bool, Field(alias="receives_order_updates")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="user_id")]]

class PublicCustomerFilterPresets(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    filters: JsonValue = Field(alias="filters")
    id: uuid.UUID = Field(alias="id")
    is_default: bool = Field(alias="is_default")
    is_shared: bool = Field(alias="is_shared")
    name: str = Field(alias="name")
    organization_id: uuid.UUID = Field(alias="organization_id")
    query: Optional[str] = Field(alias="query")
    sort: str = Field(alias="sort")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicCustomerFilterPresetsInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    filters: NotRequired[Annotated[JsonValue, Field(alias="filters")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_default: NotRequired[Annotated[bool, Field(alias="is_default")]]
    is_shared: NotRequired[Annotated[bool, Field(alias="is_shared")]]
    name: Annotated[str, Field(alias="name")]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    query: NotRequired[Annotated[Optional[str], Field(alias="query")]]
    sort: NotRequired[Annotated[str, Field(alias="sort")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerFilterPresetsUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    filters: NotRequired[Annotated[JsonValue, Field(alias="filters")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_default: NotRequired[Annotated[bool, Field(alias="is_default")]]
    is_shared: NotRequired[Annotated[bool, Field(alias="is_shared")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    query: NotRequired[Annotated[Optional[str], Field(alias="query")]]
    sort: NotRequired[Annotated[str, Field(alias="sort")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerImportRows(BaseModel):
    action: Optional[str] = Field(alias="action")
    changes: JsonValue = Field(alias="changes")
    contact_changes: Optional[JsonValue] = Field(alias="contact_changes")
    contacts_created: int = Field(alias="contacts_created")
    contacts_unchanged: int = Field(alias="contacts_unchanged")
    contacts_updated: int = Field(alias="contacts_updated")
    customer_id: Optional[uuid.UUID] = Field(alias="customer_id")
    customer_version: Optional[int] = Field(alias="customer_version")
    differences: Optional[JsonValue] = Field(alias="differences")
    errors: JsonValue = Field(alias="errors")
    first_row: Optional[int] = Field(alias="first_row")
    import_id: uuid.UUID = Field(alias="import_id")
    is_committed: bool = Field(alias="is_committed")
    is_readable: bool = Field(alias="is_readable")
    line: Optional[int] = Field(alias="line")
    organization_id: uuid.UUID = Field(alias="organization_id")
    raw: JsonValue = Field(alias="raw")
    row_number: int = Field(alias="row_number")
    staging_errors: JsonValue = Field(alias="staging_errors")
    staging_warnings: JsonValue = Field(alias="staging_warnings")
    tier_change: Optional[str] = Field(alias="tier_change")
    undone: Optional[str] = Field(alias="undone")
    values: JsonValue = Field(alias="values")
    warnings: JsonValue = Field(alias="warnings")

class PublicCustomerImportRowsInsert(TypedDict):
    action: NotRequired[Annotated[Optional[str], Field(alias="action")]]
    changes: NotRequired[Annotated[JsonValue, Field(alias="changes")]]
    contact_changes: NotRequired[Annotated[Optional[JsonValue], Field(alias="contact_changes")]]
    contacts_created: NotRequired[Annotated[int, Field(alias="contacts_created")]]
    contacts_unchanged: NotRequired[Annotated[int, Field(alias="contacts_unchanged")]]
    contacts_updated: NotRequired[Annotated[int, Field(alias="contacts_updated")]]
    customer_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="customer_id")]]
    customer_version: NotRequired[Annotated[Optional[int], Field(alias="customer_version")]]
    differences: NotRequired[Annotated[Optional[JsonValue], Field(alias="differences")]]
    errors: NotRequired[Annotated[JsonValue, Field(alias="errors")]]
    first_row: NotRequired[Annotated[Optional[int], Field(alias="first_row")]]
    import_id: Annotated[uuid.UUID, Field(alias="import_id")]
    is_committed: NotRequired[Annotated[bool, Field(alias="is_committed")]]
    is_readable: NotRequired[Annotated[bool, Field(alias="is_readable")]]
    line: NotRequired[Annotated[Optional[int], Field(alias="line")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    raw: Annotated[JsonValue, Field(alias="raw")]
    row_number: Annotated[int, Field(alias="row_number")]
    staging_errors: NotRequired[Annotated[JsonValue, Field(alias="staging_errors")]]
    staging_warnings: NotRequired[Annotated[JsonValue, Field(alias="staging_warnings")]]
    tier_change: NotRequired[Annotated[Optional[str], Field(alias="tier_change")]]
    undone: NotRequired[Annotated[Optional[str], Field(alias="undone")]]
    values: Annotated[JsonValue, Field(alias="values")]
    warnings: NotRequired[Annotated[JsonValue, Field(alias="warnings")]]

class PublicCustomerImportRowsUpdate(TypedDict):
    action: NotRequired[Annotated[Optional[str], Field(alias="action")]]
    changes: NotRequired[Annotated[JsonValue, Field(alias="changes")]]
    contact_changes: NotRequired[Annotated[Optional[JsonValue], Field(alias="contact_changes")]]
    contacts_created: NotRequired[Annotated[int, Field(alias="contacts_created")]]
    contacts_unchanged: NotRequired[Annotated[int, Field(alias="contacts_unchanged")]]
    contacts_updated: NotRequired[Annotated[int, Field(alias="contacts_updated")]]
    customer_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="customer_id")]]
    customer_version: NotRequired[Annotated[Optional[int], Field(alias="customer_version")]]
    differences: NotRequired[Annotated[Optional[JsonValue], Field(alias="differences")]]
    errors: NotRequired[Annotated[JsonValue, Field(alias="errors")]]
    first_row: NotRequired[Annotated[Optional[int], Field(alias="first_row")]]
    import_id: NotRequired[Annotated[uuid.UUID, Field(alias="import_id")]]
    is_committed: NotRequired[Annotated[bool, Field(alias="is_committed")]]
    is_readable: NotRequired[Annotated[bool, Field(alias="is_readable")]]
    line: NotRequired[Annotated[Optional[int], Field(alias="line")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    raw: NotRequired[Annotated[JsonValue, Field(alias="raw")]]
    row_number: NotRequired[Annotated[int, Field(alias="row_number")]]
    staging_errors: NotRequired[Annotated[JsonValue, Field(alias="staging_errors")]]
    staging_warnings: NotRequired[Annotated[JsonValue, Field(alias="staging_warnings")]]
    tier_change: NotRequired[Annotated[Optional[str], Field(alias="tier_change")]]
    undone: NotRequired[Annotated[Optional[str], Field(alias="undone")]]
    values: NotRequired[Annotated[JsonValue, Field(alias="values")]]
    warnings: NotRequired[Annotated[JsonValue, Field(alias="warnings")]]

class PublicCustomerImports(BaseModel):
    committed_at: Optional[datetime.datetime] = Field(alias="committed_at")
    counts: Optional[JsonValue] = Field(alias="counts")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    done_count: int = Field(alias="done_count")
    file_name: str = Field(alias="file_name")
    file_sha256: Optional[str] = Field(alias="file_sha256")
    id: uuid.UUID = Field(alias="id")
    mapping: JsonValue = Field(alias="mapping")
    options: JsonValue = Field(alias="options")
    organization_id: uuid.UUID = Field(alias="organization_id")
    raw_purged_at: Optional[datetime.datetime] = Field(alias="raw_purged_at")
    reported_at: Optional[datetime.datetime] = Field(alias="reported_at")
    row_count: int = Field(alias="row_count")
    status: str = Field(alias="status")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicCustomerImportsInsert(TypedDict):
    committed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="committed_at")]]
    counts: NotRequired[Annotated[Optional[JsonValue], Field(alias="counts")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    done_count: NotRequired[Annotated[int, Field(alias="done_count")]]
    file_name: Annotated[str, Field(alias="file_name")]
    file_sha256: NotRequired[Annotated[Optional[str], Field(alias="file_sha256")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    mapping: NotRequired[Annotated[JsonValue, Field(alias="mapping")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    raw_purged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="raw_purged_at")]]
    reported_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="reported_at")]]
    row_count: NotRequired[Annotated[int, Field(alias="row_count")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerImportsUpdate(TypedDict):
    committed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="committed_at")]]
    counts: NotRequired[Annotated[Optional[JsonValue], Field(alias="counts")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    done_count: NotRequired[Annotated[int, Field(alias="done_count")]]
    file_name: NotRequired[Annotated[str, Field(alias="file_name")]]
    file_sha256: NotRequired[Annotated[Optional[str], Field(alias="file_sha256")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    mapping: NotRequired[Annotated[JsonValue, Field(alias="mapping")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    raw_purged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="raw_purged_at")]]
    reported_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="reported_at")]]
    row_count: NotRequired[Annotated[int, Field(alias="row_count")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerMerges(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    merged_at: Optional[datetime.datetime] = Field(alias="merged_at")
    merged_by: Optional[uuid.UUID] = Field(alias="merged_by")
    moved: JsonValue = Field(alias="moved")
    organization_id: uuid.UUID = Field(alias="organization_id")
    source_ids: List[uuid.UUID] = Field(alias="source_ids")
    status: str = Field(alias="status")
    target_id: uuid.UUID = Field(alias="target_id")
    undone_at: Optional[datetime.datetime] = Field(alias="undone_at")
    undone_by: Optional[uuid.UUID] = Field(alias="undone_by")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicCustomerMergesInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    merged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="merged_at")]]
    merged_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="merged_by")]]
    moved: NotRequired[Annotated[JsonValue, Field(alias="moved")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    source_ids: Annotated[List[uuid.UUID], Field(alias="source_ids")]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    target_id: Annotated[uuid.UUID, Field(alias="target_id")]
    undone_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="undone_at")]]
    undone_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="undone_by")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerMergesUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    merged_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="merged_at")]]
    merged_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="merged_by")]]
    moved: NotRequired[Annotated[JsonValue, Field(alias="moved")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    source_ids: NotRequired[Annotated[List[uuid.UUID], Field(alias="source_ids")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    target_id: NotRequired[Annotated[uuid.UUID, Field(alias="target_id")]]
    undone_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="undone_at")]]
    undone_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="undone_by")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerStats(BaseModel):
    customer_id: uuid.UUID = Field(alias="customer_id")
    last_order_at: Optional[datetime.datetime] = Field(alias="last_order_at")
    oldest_unpaid_due_on: Optional[datetime.date] = Field(alias="oldest_unpaid_due_on")
    open_invoice_total: float = Field(alias="open_invoice_total")
    open_order_total: float = Field(alias="open_order_total")
    order_count: int = Field(alias="order_count")
    organization_id: uuid.UUID = Field(alias="organization_id")
    revenue: float = Field(alias="revenue")
    uninvoiced_order_total: float = Field(alias="uninvoiced_order_total")

class PublicCustomerStatsInsert(TypedDict):
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    last_order_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="last_order_at")]]
    oldest_unpaid_due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="oldest_unpaid_due_on")]]
    open_invoice_total: NotRequired[Annotated[float, Field(alias="open_invoice_total")]]
    open_order_total: NotRequired[Annotated[float, Field(alias="open_order_total")]]
    order_count: NotRequired[Annotated[int, Field(alias="order_count")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    revenue: NotRequired[Annotated[float, Field(alias="revenue")]]
    uninvoiced_order_total: NotRequired[Annotated[float, Field(alias="uninvoiced_order_total")]]

class PublicCustomerStatsUpdate(TypedDict):
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    last_order_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="last_order_at")]]
    oldest_unpaid_due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="oldest_unpaid_due_on")]]
    open_invoice_total: NotRequired[Annotated[float, Field(alias="open_invoice_total")]]
    open_order_total: NotRequired[Annotated[float, Field(alias="open_order_total")]]
    order_count: NotRequired[Annotated[int, Field(alias="order_count")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    revenue: NotRequired[Annotated[float, Field(alias="revenue")]]
    uninvoiced_order_total: NotRequired[Annotated[float, Field(alias="uninvoiced_order_total")]]

class PublicCustomerTierPeriods(BaseModel):
    customer_id: uuid.UUID = Field(alias="customer_id")
    grace_until: Optional[datetime.datetime] = Field(alias="grace_until")
    organization_id: uuid.UUID = Field(alias="organization_id")
    request_id: Optional[uuid.UUID] = Field(alias="request_id")
    started_at: datetime.datetime = Field(alias="started_at")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")

class PublicCustomerTierPeriodsInsert(TypedDict):
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    request_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="request_id")]]
    started_at: Annotated[datetime.datetime, Field(alias="started_at")]
    tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="tier_id")]]

class PublicCustomerTierPeriodsUpdate(TypedDict):
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    request_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="request_id")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="tier_id")]]

class PublicCustomerTiers(BaseModel):
    benefits: JsonValue = Field(alias="benefits")
    color: str = Field(alias="color")
    created_at: datetime.datetime = Field(alias="created_at")
    discount_percentage: float = Field(alias="discount_percentage")
    id: uuid.UUID = Field(alias="id")
    is_default: bool = Field(alias="is_default")
    level: int = Field(alias="level")
    name: str = Field(alias="name")
    organization_id: uuid.UUID = Field(alias="organization_id")
    requirements: JsonValue = Field(alias="requirements")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicCustomerTiersInsert(TypedDict):
    benefits: NotRequired[Annotated[JsonValue, Field(alias="benefits")]]
    color: NotRequired[Annotated[str, Field(alias="color")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    discount_percentage: NotRequired[Annotated[float, Field(alias="discount_percentage")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_default: NotRequired[Annotated[bool, Field(alias="is_default")]]
    level: Annotated[int, Field(alias="level")]
    name: Annotated[str, Field(alias="name")]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    requirements: NotRequired[Annotated[JsonValue, Field(alias="requirements")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomerTiersUpdate(TypedDict):
    benefits: NotRequired[Annotated[JsonValue, Field(alias="benefits")]]
    color: NotRequired[Annotated[str, Field(alias="color")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    discount_percentage: NotRequired[Annotated[float, Field(alias="discount_percentage")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_default: NotRequired[Annotated[bool, Field(alias="is_default")]]
    level: NotRequired[Annotated[int, Field(alias="level")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    requirements: NotRequired[Annotated[JsonValue, Field(alias="requirements")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicCustomers(BaseModel):
    billing_address: JsonValue = Field(alias="billing_address")
    company_name: str = Field(alias="company_name")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    credit_hold_by: Optional[uuid.UUID] = Field(alias="credit_hold_by")
    credit_hold_reason: Optional[str] = Field(alias="credit_hold_reason")
    credit_hold_until: Optional[datetime.datetime] = Field(alias="credit_hold_until")
    credit_limit: Optional[float] = Field(alias="credit_limit")
    currency: str = Field(alias="currency")
    customer_number: str = Field(alias="customer_number")
    customer_type: str = Field(alias="customer_type")
    deactivated_at: Optional[datetime.datetime] = Field(alias="deactivated_at")
    display_name: Optional[str] = Field(alias="display_name")
    erased_at: Optional[datetime.datetime] = Field(alias="erased_at")
    external_id: Optional[str] = Field(alias="external_id")
    id: uuid.UUID = Field(alias="id")
    internal_notes: Optional[str] = Field(alias="internal_notes")
    merged_into: Optional[uuid.UUID] = Field(alias="merged_into")
    notes: Optional[str] = Field(alias="notes")
    organization_id: uuid.UUID = Field(alias="organization_id")
    parent_id: Optional[uuid.UUID] = Field(alias="parent_id")
    payment_terms: int = Field(alias="payment_terms")
    portal_enabled: bool = Field(alias="portal_enabled")
    portal_subdomain: Optional[str] = Field(alias="portal_subdomain")
    settings: JsonValue = Field(alias="settings")
    shipping_address: JsonValue = Field(alias="shipping_address")
    status: str = Field(alias="status")
    tags: List[str] = Field(alias="tags")
    tax_id: Optional[str] = Field(alias="tax_id")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")
    updated_at: datetime.datetime = Field(alias="updated_at")
    updated_by: Optional[uuid.UUID] = Field(alias="updated_by")
    version: int = Field(alias="version")
    website: Optional[str] = Field(alias="website")

class PublicCustomersInsert(TypedDict):
    billing_address: NotRequired[Annotated[JsonValue, Field(alias="billing_address")]]
    company_name: Annotated[str, Field(alias="company_name")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    credit_hold_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="credit_hold_by")]]
    credit_hold_reason: NotRequired[Annotated[Optional[str], Field(alias="credit_hold_reason")]]
    credit_hold_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="credit_hold_until")]]
    credit_limit: NotRequired[Annotated[Optional[float], Field(alias="credit_limit")]]
    currency: NotRequired[Annotated[str, Field(alias="currency")]]
    customer_number: Annotated[str, Field(alias="customer_number")]
    customer_type: NotRequired[Annotated[str, Field(alias="customer_type")]]
    deactivated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deactivated_at")]]
    display_name: NotRequired[Annotated[Optional[str], Field(alias="display_name")]]
    erased_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="erased_at")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    internal_notes: NotRequired[Annotated[Optional[str], Field(alias="internal_notes")]]
    merged_into: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="merged_into")]]
    notes: NotRequired[Annotated[Optional[str], Field(alias="notes")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    parent_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="parent_id")]]
    payment_terms: NotRequired[Annotated[int, Field(alias="payment_terms")]]
    portal_enabled: NotRequired[Annotated[bool, Field(alias="portal_enabled")]]
    portal_subdomain: NotRequired[Annotated[Optional[str], Field(alias="portal_subdomain")]]
    settings: NotRequired[Annotated[JsonValue, Field(alias="settings")]]
    shipping_address: NotRequired[Annotated[JsonValue, Field(alias="shipping_address")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    tax_id: NotRequired[Annotated[Optional[str], Field(alias="tax_id")]]
    tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="tier_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    website: NotRequired[Annotated[Optional[str], Field(alias="website")]]

class PublicCustomersUpdate(TypedDict):
    billing_address: NotRequired[Annotated[JsonValue, Field(alias="billing_address")]]
    company_name: NotRequired[Annotated[str, Field(alias="company_name")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    credit_hold_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="credit_hold_by")]]
    credit_hold_reason: NotRequired[Annotated[Optional[str], Field(alias="credit_hold_reason")]]
    credit_hold_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="credit_hold_until")]]
    credit_limit: NotRequired[Annotated[Optional[float], Field(alias="credit_limit")]]
    currency: NotRequired[Annotated[str, Field(alias="currency")]]
    customer_number: NotRequired[Annotated[str, Field(alias="customer_number")]]
    customer_type: NotRequired[Annotated[str, Field(alias="customer_type")]]
    deactivated_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deactivated_at")]]
    display_name: NotRequired[Annotated[Optional[str], Field(alias="display_name")]]
    erased_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="erased_at")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    internal_notes: NotRequired[Annotated[Optional[str], Field(alias="internal_notes")]]
    merged_into: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="merged_into")]]
    notes: NotRequired[Annotated[Optional[str], Field(alias="notes")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    parent_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="parent_id")]]
    payment_terms: NotRequired[Annotated[int, Field(alias="payment_terms")]]
    portal_enabled: NotRequired[Annotated[bool, Field(alias="portal_enabled")]]
    portal_subdomain: NotRequired[Annotated[Optional[str], Field(alias="portal_subdomain")]]
    settings: NotRequired[Annotated[JsonValue, Field(alias="settings")]]
    shipping_address: NotRequired[Annotated[JsonValue, Field(alias="shipping_address")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    tax_id: NotRequired[Annotated[Optional[str], Field(alias="tax_id")]]
    tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="tier_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    website: NotRequired[Annotated[Optional[str], Field(alias="website")]]

class PublicInvoices(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    currency: str = Field(alias="currency")
    customer_id: uuid.UUID = Field(alias="customer_id")
    due_at: Optional[datetime.datetime] = Field(alias="due_at")
    external_id: Optional[str] = Field(alias="external_id")
    id: uuid.UUID = Field(alias="id")
    issued_at: datetime.datetime = Field(alias="issued_at")
    number: str = Field(alias="number")
    order_id: Optional[uuid.UUID] = Field(alias="order_id")
    organization_id: uuid.UUID = Field(alias="organization_id")
    paid_at: Optional[datetime.datetime] = Field(alias="paid_at")
    status: str = Field(alias="status")
    total: float = Field(alias="total")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicInvoicesInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: Annotated[str, Field(alias="currency")]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    issued_at: NotRequired[Annotated[datetime.datetime, Field(alias="issued_at")]]
    number: Annotated[str, Field(alias="number")]
    order_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="order_id")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    paid_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="paid_at")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    total: Annotated[float, Field(alias="total")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicInvoicesUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: NotRequired[Annotated[str, Field(alias="currency")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    issued_at: NotRequired[Annotated[datetime.datetime, Field(alias="issued_at")]]
    number: NotRequired[Annotated[str, Field(alias="number")]]
    order_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="order_id")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    paid_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="paid_at")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    total: NotRequired[Annotated[float, Field(alias="total")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicMemberInvitations(BaseModel):
    accepted_at: Optional[datetime.datetime] = Field(alias="accepted_at")
    accepted_by: Optional[uuid.UUID] = Field(alias="accepted_by")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    email: str = Field(alias="email")
    expires_at: datetime.datetime = Field(alias="expires_at")
    id: uuid.UUID = Field(alias="id")
    organization_id: uuid.UUID = Field(alias="organization_id")
    role: str = Field(alias="role")

class PublicMemberInvitationsInsert(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    email: Annotated[str, Field(alias="email")]
    expires_at: Annotated[datetime.datetime, Field(alias="expires_at")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    role: Annotated[str, Field(alias="role")]

class PublicMemberInvitationsUpdate(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]

class PublicOrders(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    currency: str = Field(alias="currency")
    customer_id: uuid.UUID = Field(alias="customer_id")
    discount_percentage: float = Field(alias="discount_percentage")
    external_id: Optional[str] = Field(alias="external_id")
    id: uuid.UUID = Field(alias="id")
    list_amount: float = Field(alias="list_amount")
    number: str = Field(alias="number")
    organization_id: uuid.UUID = Field(alias="organization_id")
    placed_at: datetime.datetime = Field(alias="placed_at")
    status: str = Field(alias="status")
    total: float = Field(alias="total")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicOrdersInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: Annotated[str, Field(alias="currency")]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    discount_percentage: NotRequired[Annotated[float, Field(alias="discount_percentage")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    list_amount: Annotated[float, Field(alias="list_amount")]
    number: Annotated[str, Field(alias="number")]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    placed_at: NotRequired[Annotated[datetime.datetime, Field(alias="placed_at")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    total: Annotated[float, Field(alias="total")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOrdersUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: NotRequired[Annotated[str, Field(alias="currency")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    discount_percentage: NotRequired[Annotated[float, Field(alias="discount_percentage")]]
    external_id: NotRequired[Annotated[Optional[str], Field(alias="external_id")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    list_amount: NotRequired[Annotated[float, Field(alias="list_amount")]]
    number: NotRequired[Annotated[str, Field(alias="number")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    placed_at: NotRequired[Annotated[datetime.datetime, Field(alias="placed_at")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    total: NotRequired[Annotated[float, Field(alias="total")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOrganizationActivities(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    id: uuid.UUID = Field(alias="id")
    metadata: JsonValue = Field(alias="metadata")
    organization_id: uuid.UUID = Field(alias="organization_id")
    title: str = Field(alias="title")
    type: str = Field(alias="type")

class PublicOrganizationActivitiesInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    title: Annotated[str, Field(alias="title")]
    type: Annotated[str, Field(alias="type")]

class PublicOrganizationActivitiesUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    metadata: NotRequired[Annotated[JsonValue, Field(alias="metadata")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    type: NotRequired[Annotated[str, Field(alias="type")]]

class PublicOrganizationMembers(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    organization_id: uuid.UUID = Field(alias="organization_id")
    role: str = Field(alias="role")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicOrganizationMembersInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicOrganizationMembersUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicOrganizations(BaseModel):
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    name: str = Field(alias="name")
    settings: JsonValue = Field(alias="settings")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicOrganizationsInsert(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: Annotated[str, Field(alias="name")]
    settings: NotRequired[Annotated[JsonValue, Field(alias="settings")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOrganizationsUpdate(TypedDict):
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    settings: NotRequired[Annotated[JsonValue, Field(alias="settings")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicPortalInvitations(BaseModel):
    accepted_at: Optional[datetime.datetime] = Field(alias="accepted_at")
    accepted_by: Optional[uuid.UUID] = Field(alias="accepted_by")
    contact_id: uuid.UUID = Field(alias="contact_id")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    expires_at: datetime.datetime = Field(alias="expires_at")
    id: uuid.UUID = Field(alias="id")
    organization_id: uuid.UUID = Field(alias="organization_id")
    revoked_at: Optional[datetime.datetime] = Field(alias="revoked_at")
    revoked_by: Optional[uuid.UUID] = Field(alias="revoked_by")

class PublicPortalInvitationsInsert(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    contact_id: Annotated[uuid.UUID, Field(alias="contact_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    expires_at: Annotated[datetime.datetime, Field(alias="expires_at")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    revoked_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="revoked_by")]]

class PublicPortalInvitationsUpdate(TypedDict):
    accepted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="accepted_at")]]
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    contact_id: NotRequired[Annotated[uuid.UUID, Field(alias="contact_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    revoked_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="revoked_by")]]

class PublicTierChangeRequests(BaseModel):
    applied_at: Optional[datetime.datetime] = Field(alias="applied_at")
    customer_id: uuid.UUID = Field(alias="customer_id")
    decided_at: Optional[datetime.datetime] = Field(alias="decided_at")
    decided_by: Optional[uuid.UUID] = Field(alias="decided_by")
    decision_note: Optional[str] = Field(alias="decision_note")
    direction: str = Field(alias="direction")
    effective_at: datetime.datetime = Field(alias="effective_at")
    from_tier_id: Optional[uuid.UUID] = Field(alias="from_tier_id")
    grace_until: Optional[datetime.datetime] = Field(alias="grace_until")
    id: uuid.UUID = Field(alias="id")
    impact: JsonValue = Field(alias="impact")
    organization_id: uuid.UUID = Field(alias="organization_id")
    reason: Optional[str] = Field(alias="reason")
    requested_at: datetime.datetime = Field(alias="requested_at")
    requested_by: Optional[uuid.UUID] = Field(alias="requested_by")
    status: str = Field(alias="status")
    to_tier_id: uuid.UUID = Field(alias="to_tier_id")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicTierChangeRequestsInsert(TypedDict):
    applied_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="applied_at")]]
    customer_id: Annotated[uuid.UUID, Field(alias="customer_id")]
    decided_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="decided_at")]]
    decided_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="decided_by")]]
    decision_note: NotRequired[Annotated[Optional[str], Field(alias="decision_note")]]
    direction: Annotated[str, Field(alias="direction")]
    effective_at: Annotated[datetime.datetime, Field(alias="effective_at")]
    from_tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="from_tier_id")]]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    impact: Annotated[JsonValue, Field(alias="impact")]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    requested_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="requested_by")]]
    status: Annotated[str, Field(alias="status")]
    to_tier_id: Annotated[uuid.UUID, Field(alias="to_tier_id")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicTierChangeRequestsUpdate(TypedDict):
    applied_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="applied_at")]]
    customer_id: NotRequired[Annotated[uuid.UUID, Field(alias="customer_id")]]
    decided_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="decided_at")]]
    decided_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="decided_by")]]
    decision_note: NotRequired[Annotated[Optional[str], Field(alias="decision_note")]]
    direction: NotRequired[Annotated[str, Field(alias="direction")]]
    effective_at: NotRequired[Annotated[datetime.datetime, Field(alias="effective_at")]]
    from_tier_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="from_tier_id")]]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    impact: NotRequired[Annotated[JsonValue, Field(alias="impact")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    reason: NotRequired[Annotated[Optional[str], Field(alias="reason")]]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    requested_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="requested_by")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    to_tier_id: NotRequired[Annotated[uuid.UUID, Field(alias="to_tier_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicTierDiscounts(BaseModel):
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    discount_percentage: float = Field(alias="discount_percentage")
    grace_until: Optional[datetime.datetime] = Field(alias="grace_until")
    id: uuid.UUID = Field(alias="id")
    impact: Optional[JsonValue] = Field(alias="impact")
    organization_id: uuid.UUID = Field(alias="organization_id")
    started_at: datetime.datetime = Field(alias="started_at")
    tier_id: uuid.UUID = Field(alias="tier_id")

class PublicTierDiscountsInsert(TypedDict):
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    discount_percentage: Annotated[float, Field(alias="discount_percentage")]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    impact: NotRequired[Annotated[Optional[JsonValue], Field(alias="impact")]]
    organization_id: Annotated[uuid.UUID, Field(alias="organization_id")]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    tier_id: Annotated[uuid.UUID, Field(alias="tier_id")]

class PublicTierDiscountsUpdate(TypedDict):
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    discount_percentage: NotRequired[Annotated[float, Field(alias="discount_percentage")]]
    grace_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="grace_until")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    impact: NotRequired[Annotated[Optional[JsonValue], Field(alias="impact")]]
    organization_id: NotRequired[Annotated[uuid.UUID, Field(alias="organization_id")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    tier_id: NotRequired[Annotated[uuid.UUID, Field(alias="tier_id")]]

class PublicCustomerPricing(BaseModel):
    currency: str = Field(alias="currency")
    customer_id: uuid.UUID = Field(alias="customer_id")
    customer_number: str = Field(alias="customer_number")
    discount_percentage: Optional[float] = Field(alias="discount_percentage")
    grace_until: Optional[datetime.datetime] = Field(alias="grace_until")
    organization_id: uuid.UUID = Field(alias="organization_id")
    scheduled_at: Optional[datetime.datetime] = Field(alias="scheduled_at")
    scheduled_discount_percentage: Optional[float] = Field(alias="scheduled_discount_percentage")
    scheduled_tier_id: Optional[uuid.UUID] = Field(alias="scheduled_tier_id")
    scheduled_tier_name: Optional[str] = Field(alias="scheduled_tier_name")
    status: str = Field(alias="status")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")
    tier_level: Optional[int] = Field(alias="tier_level")
    tier_name: Optional[str] = Field(alias="tier_name")
    tier_since: Optional[datetime.datetime] = Field(alias="tier_since")



class PublicCustomerListRow(BaseModel):
    organization_id: Optional[uuid.UUID] = Field(alias="organization_id")
    id: Optional[uuid.UUID] = Field(alias="id")
    customer_number: Optional[str] = Field(alias="customer_number")
    external_id: Optional[str] = Field(alias="external_id")
    parent_id: Optional[uuid.UUID] = Field(alias="parent_id")
    company_name: Optional[str] = Field(alias="company_name")
    display_name: Optional[str] = Field(alias="display_name")
    tax_id: Optional[str] = Field(alias="tax_id")
    website: Optional[str] = Field(alias="website")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")
    status: Optional[str] = Field(alias="status")
    customer_type: Optional[str] = Field(alias="customer_type")
    billing_address: Optional[JsonValue] = Field(alias="billing_address")
    shipping_address: Optional[JsonValue] = Field(alias="shipping_address")
    credit_limit: Optional[float] = Field(alias="credit_limit")
    payment_terms: Optional[int] = Field(alias="payment_terms")
    currency: Optional[str] = Field(alias="currency")
    settings: Optional[JsonValue] = Field(alias="settings")
    tags: Optional[List[str]] = Field(alias="tags")
    portal_enabled: Optional[bool] = Field(alias="portal_enabled")
    portal_subdomain: Optional[str] = Field(alias="portal_subdomain")
    notes: Optional[str] = Field(alias="notes")
    internal_notes: Optional[str] = Field(alias="internal_notes")
    credit_hold_reason: Optional[str] = Field(alias="credit_hold_reason")
    credit_hold_until: Optional[datetime.datetime] = Field(alias="credit_hold_until")
    credit_hold_by: Optional[uuid.UUID] = Field(alias="credit_hold_by")
    deactivated_at: Optional[datetime.datetime] = Field(alias="deactivated_at")
    merged_into: Optional[uuid.UUID] = Field(alias="merged_into")
    erased_at: Optional[datetime.datetime] = Field(alias="erased_at")
    version: Optional[int] = Field(alias="version")
    created_at: Optional[datetime.datetime] = Field(alias="created_at")
    updated_at: Optional[datetime.datetime] = Field(alias="updated_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    updated_by: Optional[uuid.UUID] = Field(alias="updated_by")
    tier_name: Optional[str] = Field(alias="tier_name")
    tier_level: Optional[int] = Field(alias="tier_level")
    tier_color: Optional[str] = Field(alias="tier_color")
    primary_contact_name: Optional[str] = Field(alias="primary_contact_name")
    primary_contact_email: Optional[str] = Field(alias="primary_contact_email")
    contact_count: Optional[int] = Field(alias="contact_count")
    order_count: Optional[int] = Field(alias="order_count")
    revenue: Optional[float] = Field(alias="revenue")
    last_order_at: Optional[datetime.datetime] = Field(alias="last_order_at")
    open_order_total: Optional[float] = Field(alias="open_order_total")
    uninvoiced_order_total: Optional[float] = Field(alias="uninvoiced_order_total")
    open_invoice_total: Optional[float] = Field(alias="open_invoice_total")
    oldest_unpaid_due_on: Optional[datetime.date] = Field(alias="oldest_unpaid_due_on")
    cursor: Optional[str] = Field(alias="cursor")

class PublicDuplicateRow(BaseModel):
    customer_id: Optional[uuid.UUID] = Field(alias="customer_id")
    other_id: Optional[uuid.UUID] = Field(alias="other_id")
    similarity: Optional[float] = Field(alias="similarity")
    reasons: Optional[List[str]] = Field(alias="reasons")
    cursor: Optional[str] = Field(alias="cursor")

class PublicExportedRow(BaseModel):
    entity: Optional[str] = Field(alias="entity")
    data: Optional[JsonValue] = Field(alias="data")
    cursor: Optional[str] = Field(alias="cursor")

class PublicPortalProfile(BaseModel):
    organization_id: Optional[uuid.UUID] = Field(alias="organization_id")
    organization_name: Optional[str] = Field(alias="organization_name")
    customer_id: Optional[uuid.UUID] = Field(alias="customer_id")
    company_name: Optional[str] = Field(alias="company_name")
    contact_id: Optional[uuid.UUID] = Field(alias="contact_id")
    first_name: Optional[str] = Field(alias="first_name")
    last_name: Optional[str] = Field(alias="last_name")
    email: Optional[str] = Field(alias="email")
    phone: Optional[str] = Field(alias="phone")
    mobile: Optional[str] = Field(alias="mobile")
    role: Optional[str] = Field(alias="role")
    preferred_contact_method: Optional[str] = Field(alias="preferred_contact_method")
    receives_order_updates: Optional[bool] = Field(alias="receives_order_updates")
    receives_marketing: Optional[bool] = Field(alias="receives_marketing")

class PublicPriceRow(BaseModel):
    sku: Optional[str] = Field(alias="sku")
    quantity: Optional[float] = Field(alias="quantity")
    list_price: Optional[float] = Field(alias="list_price")
    discount_percentage: Optional[float] = Field(alias="discount_percentage")
    unit_price: Optional[float] = Field(alias="unit_price")
    line_total: Optional[float] = Field(alias="line_total")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")

class PublicPricingChangeRow(BaseModel):
    organization_id: Optional[uuid.UUID] = Field(alias="organization_id")
    id: Optional[uuid.UUID] = Field(alias="id")
    kind: Optional[str] = Field(alias="kind")
    customer_id: Optional[uuid.UUID] = Field(alias="customer_id")
    tier_id: Optional[uuid.UUID] = Field(alias="tier_id")
    effective_at: Optional[datetime.datetime] = Field(alias="effective_at")
    grace_until: Optional[datetime.datetime] = Field(alias="grace_until")
    created_at: Optional[datetime.datetime] = Field(alias="created_at")
    cursor: Optional[str] = Field(alias="cursor")

class PublicTimelineRow(BaseModel):
    organization_id: Optional[uuid.UUID] = Field(alias="organization_id")
    id: Optional[uuid.UUID] = Field(alias="id")
    customer_id: Optional[uuid.UUID] = Field(alias="customer_id")
    type: Optional[str] = Field(alias="type")
    title: Optional[str] = Field(alias="title")
    description: Optional[str] = Field(alias="description")
    metadata: Optional[JsonValue] = Field(alias="metadata")
    related_type: Optional[str] = Field(alias="related_type")
    related_id: Optional[uuid.UUID] = Field(alias="related_id")
    occurred_at: Optional[datetime.datetime] = Field(alias="occurred_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    created_at: Optional[datetime.datetime] = Field(alias="created_at")
    cursor: Optional[str] = Field(alias="cursor")

class PublicValidationError(BaseModel):
    path: Optional[str] = Field(alias="path")
    slug: Optional[str] = Field(alias="slug")
    message: Optional[str] = Field(alias="message")
