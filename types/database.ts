
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "address_formats": {
                  Row: {
                    "country": string,"name": string,"postal_code_example": string | null,"postal_code_pattern": string | null,"required": (string)[],"subdivisions": NonNullable<Json>
                  }
                  ComputedFields: never
                  Insert: {
                    "country": string,"name": string,"postal_code_example"?: string | null,"postal_code_pattern"?: string | null,"required": (string)[],"subdivisions"?: NonNullable<Json>
                  }
                  Update: {
                    "country"?: string,"name"?: string,"postal_code_example"?: string | null,"postal_code_pattern"?: string | null,"required"?: (string)[],"subdivisions"?: NonNullable<Json>
                  }
                  Relationships: [
                    
                  ]
                },"customer_activities": {
                  Row: {
                    "created_at": string,"created_by": string | null,"customer_id": string,"description": string | null,"id": string,"metadata": NonNullable<Json>,"occurred_at": string,"organization_id": string,"related_id": string | null,"related_type": string | null,"title": string,"type": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"customer_id": string,"description"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"occurred_at"?: string,"organization_id": string,"related_id"?: string | null,"related_type"?: string | null,"title": string,"type": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"customer_id"?: string,"description"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"occurred_at"?: string,"organization_id"?: string,"related_id"?: string | null,"related_type"?: string | null,"title"?: string,"type"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_activities_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_activities_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_activities_archive": {
                  Row: {
                    "created_at": string,"created_by": string | null,"customer_id": string,"description": string | null,"id": string,"metadata": NonNullable<Json>,"occurred_at": string,"organization_id": string,"related_id": string | null,"related_type": string | null,"title": string,"type": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"customer_id": string,"description"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"occurred_at"?: string,"organization_id": string,"related_id"?: string | null,"related_type"?: string | null,"title": string,"type": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"customer_id"?: string,"description"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"occurred_at"?: string,"organization_id"?: string,"related_id"?: string | null,"related_type"?: string | null,"title"?: string,"type"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_activities_archive_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_activities_archive_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_contacts": {
                  Row: {
                    "created_at": string,"customer_id": string,"email": string,"first_name": string,"id": string,"is_primary": boolean,"last_name": string,"mobile": string | null,"notes": string | null,"organization_id": string,"phone": string | null,"portal_access": boolean,"preferred_contact_method": string,"receives_marketing": boolean,"receives_order_updates": boolean,"role": string,"updated_at": string,"user_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"customer_id": string,"email": string,"first_name": string,"id"?: string,"is_primary"?: boolean,"last_name": string,"mobile"?: string | null,"notes"?: string | null,"organization_id": string,"phone"?: string | null,"portal_access"?: boolean,"preferred_contact_method"?: string,"receives_marketing"?: boolean,"receives_order_updates"?: boolean,"role"?: string,"updated_at"?: string,"user_id"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"customer_id"?: string,"email"?: string,"first_name"?: string,"id"?: string,"is_primary"?: boolean,"last_name"?: string,"mobile"?: string | null,"notes"?: string | null,"organization_id"?: string,"phone"?: string | null,"portal_access"?: boolean,"preferred_contact_method"?: string,"receives_marketing"?: boolean,"receives_order_updates"?: boolean,"role"?: string,"updated_at"?: string,"user_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_contacts_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_contacts_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_filter_presets": {
                  Row: {
                    "created_at": string,"created_by": string | null,"filters": NonNullable<Json>,"id": string,"is_default": boolean,"is_shared": boolean,"name": string,"organization_id": string,"query": string | null,"sort": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"filters"?: NonNullable<Json>,"id"?: string,"is_default"?: boolean,"is_shared"?: boolean,"name": string,"organization_id": string,"query"?: string | null,"sort"?: string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"filters"?: NonNullable<Json>,"id"?: string,"is_default"?: boolean,"is_shared"?: boolean,"name"?: string,"organization_id"?: string,"query"?: string | null,"sort"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_filter_presets_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"customer_import_rows": {
                  Row: {
                    "action": string | null,"changes": NonNullable<Json>,"contact_changes": Json | null,"contacts_created": number,"contacts_unchanged": number,"contacts_updated": number,"customer_id": string | null,"customer_version": number | null,"differences": Json | null,"errors": NonNullable<Json>,"first_row": number | null,"import_id": string,"is_committed": boolean,"is_readable": boolean,"line": number | null,"organization_id": string,"raw": NonNullable<Json>,"row_number": number,"staging_errors": NonNullable<Json>,"staging_warnings": NonNullable<Json>,"tier_change": string | null,"undone": string | null,"values": NonNullable<Json>,"warnings": NonNullable<Json>
                  }
                  ComputedFields: never
                  Insert: {
                    "action"?: string | null,"changes"?: NonNullable<Json>,"contact_changes"?: Json | null,"contacts_created"?: number,"contacts_unchanged"?: number,"contacts_updated"?: number,"customer_id"?: string | null,"customer_version"?: number | null,"differences"?: Json | null,"errors"?: NonNullable<Json>,"first_row"?: number | null,"import_id": string,"is_committed"?: boolean,"is_readable"?: boolean,"line"?: number | null,"organization_id": string,"raw": NonNullable<Json>,"row_number": number,"staging_errors"?: NonNullable<Json>,"staging_warnings"?: NonNullable<Json>,"tier_change"?: string | null,"undone"?: string | null,"values": NonNullable<Json>,"warnings"?: NonNullable<Json>
                  }
                  Update: {
                    "action"?: string | null,"changes"?: NonNullable<Json>,"contact_changes"?: Json | null,"contacts_created"?: number,"contacts_unchanged"?: number,"contacts_updated"?: number,"customer_id"?: string | null,"customer_version"?: number | null,"differences"?: Json | null,"errors"?: NonNullable<Json>,"first_row"?: number | null,"import_id"?: string,"is_committed"?: boolean,"is_readable"?: boolean,"line"?: number | null,"organization_id"?: string,"raw"?: NonNullable<Json>,"row_number"?: number,"staging_errors"?: NonNullable<Json>,"staging_warnings"?: NonNullable<Json>,"tier_change"?: string | null,"undone"?: string | null,"values"?: NonNullable<Json>,"warnings"?: NonNullable<Json>
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_import_rows_import_fkey"
      columns: ["organization_id","import_id"]
isOneToOne: false
      referencedRelation: "customer_imports"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_imports": {
                  Row: {
                    "committed_at": string | null,"counts": Json | null,"created_at": string,"created_by": string | null,"done_count": number,"file_name": string,"file_sha256": string | null,"id": string,"mapping": NonNullable<Json>,"options": NonNullable<Json>,"organization_id": string,"raw_purged_at": string | null,"reported_at": string | null,"row_count": number,"status": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "committed_at"?: string | null,"counts"?: Json | null,"created_at"?: string,"created_by"?: string | null,"done_count"?: number,"file_name": string,"file_sha256"?: string | null,"id"?: string,"mapping"?: NonNullable<Json>,"options"?: NonNullable<Json>,"organization_id": string,"raw_purged_at"?: string | null,"reported_at"?: string | null,"row_count"?: number,"status"?: string,"updated_at"?: string
                  }
                  Update: {
                    "committed_at"?: string | null,"counts"?: Json | null,"created_at"?: string,"created_by"?: string | null,"done_count"?: number,"file_name"?: string,"file_sha256"?: string | null,"id"?: string,"mapping"?: NonNullable<Json>,"options"?: NonNullable<Json>,"organization_id"?: string,"raw_purged_at"?: string | null,"reported_at"?: string | null,"row_count"?: number,"status"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_imports_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"customer_merges": {
                  Row: {
                    "created_at": string,"id": string,"merged_at": string | null,"merged_by": string | null,"moved": NonNullable<Json>,"organization_id": string,"source_ids": (string)[],"status": string,"target_id": string,"undone_at": string | null,"undone_by": string | null,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"merged_at"?: string | null,"merged_by"?: string | null,"moved"?: NonNullable<Json>,"organization_id": string,"source_ids": (string)[],"status"?: string,"target_id": string,"undone_at"?: string | null,"undone_by"?: string | null,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"merged_at"?: string | null,"merged_by"?: string | null,"moved"?: NonNullable<Json>,"organization_id"?: string,"source_ids"?: (string)[],"status"?: string,"target_id"?: string,"undone_at"?: string | null,"undone_by"?: string | null,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_merges_target_fkey"
      columns: ["organization_id","target_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_merges_target_fkey"
      columns: ["organization_id","target_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_stats": {
                  Row: {
                    "customer_id": string,"last_order_at": string | null,"oldest_unpaid_due_on": string | null,"open_invoice_total": number,"open_order_total": number,"order_count": number,"organization_id": string,"revenue": number,"uninvoiced_order_total": number
                  }
                  ComputedFields: never
                  Insert: {
                    "customer_id": string,"last_order_at"?: string | null,"oldest_unpaid_due_on"?: string | null,"open_invoice_total"?: number,"open_order_total"?: number,"order_count"?: number,"organization_id": string,"revenue"?: number,"uninvoiced_order_total"?: number
                  }
                  Update: {
                    "customer_id"?: string,"last_order_at"?: string | null,"oldest_unpaid_due_on"?: string | null,"open_invoice_total"?: number,"open_order_total"?: number,"order_count"?: number,"organization_id"?: string,"revenue"?: number,"uninvoiced_order_total"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_stats_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: true
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_stats_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: true
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_tier_periods": {
                  Row: {
                    "customer_id": string,"grace_until": string | null,"organization_id": string,"request_id": string | null,"started_at": string,"tier_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "customer_id": string,"grace_until"?: string | null,"organization_id": string,"request_id"?: string | null,"started_at": string,"tier_id"?: string | null
                  }
                  Update: {
                    "customer_id"?: string,"grace_until"?: string | null,"organization_id"?: string,"request_id"?: string | null,"started_at"?: string,"tier_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_tier_periods_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customer_tier_periods_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "customer_tier_periods_request_fkey"
      columns: ["organization_id","request_id"]
isOneToOne: false
      referencedRelation: "tier_change_requests"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "customer_tier_periods_tier_fkey"
      columns: ["organization_id","tier_id"]
isOneToOne: false
      referencedRelation: "customer_tiers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"customer_tiers": {
                  Row: {
                    "benefits": NonNullable<Json>,"color": string,"created_at": string,"discount_percentage": number,"id": string,"is_default": boolean,"level": number,"name": string,"organization_id": string,"requirements": NonNullable<Json>,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "benefits"?: NonNullable<Json>,"color"?: string,"created_at"?: string,"discount_percentage"?: number,"id"?: string,"is_default"?: boolean,"level": number,"name": string,"organization_id": string,"requirements"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Update: {
                    "benefits"?: NonNullable<Json>,"color"?: string,"created_at"?: string,"discount_percentage"?: number,"id"?: string,"is_default"?: boolean,"level"?: number,"name"?: string,"organization_id"?: string,"requirements"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "customer_tiers_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"customers": {
                  Row: {
                    "billing_address": NonNullable<Json>,"company_name": string,"created_at": string,"created_by": string | null,"credit_hold_by": string | null,"credit_hold_reason": string | null,"credit_hold_until": string | null,"credit_limit": number | null,"currency": string,"customer_number": string,"customer_type": string,"deactivated_at": string | null,"display_name": string | null,"erased_at": string | null,"external_id": string | null,"id": string,"internal_notes": string | null,"merged_into": string | null,"notes": string | null,"organization_id": string,"parent_id": string | null,"payment_terms": number,"portal_enabled": boolean,"portal_subdomain": string | null,"settings": NonNullable<Json>,"shipping_address": NonNullable<Json>,"status": string,"tags": (string)[],"tax_id": string | null,"tier_id": string | null,"updated_at": string,"updated_by": string | null,"version": number,"website": string | null,"children": {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            } | null,"parent": {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            } | null
                  }
                  ComputedFields: "children" | "parent"
                  Insert: {
                    "billing_address"?: NonNullable<Json>,"company_name": string,"created_at"?: string,"created_by"?: string | null,"credit_hold_by"?: string | null,"credit_hold_reason"?: string | null,"credit_hold_until"?: string | null,"credit_limit"?: number | null,"currency"?: string,"customer_number": string,"customer_type"?: string,"deactivated_at"?: string | null,"display_name"?: string | null,"erased_at"?: string | null,"external_id"?: string | null,"id"?: string,"internal_notes"?: string | null,"merged_into"?: string | null,"notes"?: string | null,"organization_id": string,"parent_id"?: string | null,"payment_terms"?: number,"portal_enabled"?: boolean,"portal_subdomain"?: string | null,"settings"?: NonNullable<Json>,"shipping_address"?: NonNullable<Json>,"status"?: string,"tags"?: (string)[],"tax_id"?: string | null,"tier_id"?: string | null,"updated_at"?: string,"updated_by"?: string | null,"version"?: number,"website"?: string | null
                  }
                  Update: {
                    "billing_address"?: NonNullable<Json>,"company_name"?: string,"created_at"?: string,"created_by"?: string | null,"credit_hold_by"?: string | null,"credit_hold_reason"?: string | null,"credit_hold_until"?: string | null,"credit_limit"?: number | null,"currency"?: string,"customer_number"?: string,"customer_type"?: string,"deactivated_at"?: string | null,"display_name"?: string | null,"erased_at"?: string | null,"external_id"?: string | null,"id"?: string,"internal_notes"?: string | null,"merged_into"?: string | null,"notes"?: string | null,"organization_id"?: string,"parent_id"?: string | null,"payment_terms"?: number,"portal_enabled"?: boolean,"portal_subdomain"?: string | null,"settings"?: NonNullable<Json>,"shipping_address"?: NonNullable<Json>,"status"?: string,"tags"?: (string)[],"tax_id"?: string | null,"tier_id"?: string | null,"updated_at"?: string,"updated_by"?: string | null,"version"?: number,"website"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "customers_merged_into_fkey"
      columns: ["organization_id","merged_into"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customers_merged_into_fkey"
      columns: ["organization_id","merged_into"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "customers_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "customers_parent_fkey"
      columns: ["organization_id","parent_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "customers_parent_fkey"
      columns: ["organization_id","parent_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "customers_tier_fkey"
      columns: ["organization_id","tier_id"]
isOneToOne: false
      referencedRelation: "customer_tiers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"invoices": {
                  Row: {
                    "created_at": string,"currency": string,"customer_id": string,"due_at": string | null,"external_id": string | null,"id": string,"issued_at": string,"number": string,"order_id": string | null,"organization_id": string,"paid_at": string | null,"status": string,"total": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"currency": string,"customer_id": string,"due_at"?: string | null,"external_id"?: string | null,"id"?: string,"issued_at"?: string,"number": string,"order_id"?: string | null,"organization_id": string,"paid_at"?: string | null,"status"?: string,"total": number,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"currency"?: string,"customer_id"?: string,"due_at"?: string | null,"external_id"?: string | null,"id"?: string,"issued_at"?: string,"number"?: string,"order_id"?: string | null,"organization_id"?: string,"paid_at"?: string | null,"status"?: string,"total"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "invoices_customer_fkey"
      columns: ["organization_id","customer_id","currency"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id","currency"]
    },{
      foreignKeyName: "invoices_customer_fkey"
      columns: ["organization_id","customer_id","currency"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id","currency"]
    },{
      foreignKeyName: "invoices_order_fkey"
      columns: ["organization_id","order_id","customer_id"]
isOneToOne: false
      referencedRelation: "orders"
      referencedColumns: ["organization_id","id","customer_id"]
    }
                  ]
                },"member_invitations": {
                  Row: {
                    "accepted_at": string | null,"accepted_by": string | null,"created_at": string,"created_by": string | null,"email": string,"expires_at": string,"id": string,"organization_id": string,"role": string
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"email": string,"expires_at": string,"id"?: string,"organization_id": string,"role": string
                  }
                  Update: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string,"expires_at"?: string,"id"?: string,"organization_id"?: string,"role"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "member_invitations_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"orders": {
                  Row: {
                    "created_at": string,"currency": string,"customer_id": string,"discount_percentage": number,"external_id": string | null,"id": string,"list_amount": number,"number": string,"organization_id": string,"placed_at": string,"status": string,"total": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"currency": string,"customer_id": string,"discount_percentage"?: number,"external_id"?: string | null,"id"?: string,"list_amount": number,"number": string,"organization_id": string,"placed_at"?: string,"status"?: string,"total": number,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"currency"?: string,"customer_id"?: string,"discount_percentage"?: number,"external_id"?: string | null,"id"?: string,"list_amount"?: number,"number"?: string,"organization_id"?: string,"placed_at"?: string,"status"?: string,"total"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "orders_customer_fkey"
      columns: ["organization_id","customer_id","currency"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id","currency"]
    },{
      foreignKeyName: "orders_customer_fkey"
      columns: ["organization_id","customer_id","currency"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id","currency"]
    }
                  ]
                },"organization_activities": {
                  Row: {
                    "created_at": string,"created_by": string | null,"id": string,"metadata": NonNullable<Json>,"organization_id": string,"title": string,"type": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"organization_id": string,"title": string,"type": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"metadata"?: NonNullable<Json>,"organization_id"?: string,"title"?: string,"type"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "organization_activities_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"organization_members": {
                  Row: {
                    "created_at": string,"organization_id": string,"role": string,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"organization_id": string,"role"?: string,"updated_at"?: string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"organization_id"?: string,"role"?: string,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "organization_members_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"organizations": {
                  Row: {
                    "created_at": string,"id": string,"name": string,"settings": NonNullable<Json>,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"name": string,"settings"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"name"?: string,"settings"?: NonNullable<Json>,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"portal_invitations": {
                  Row: {
                    "accepted_at": string | null,"accepted_by": string | null,"contact_id": string,"created_at": string,"created_by": string | null,"expires_at": string,"id": string,"organization_id": string,"revoked_at": string | null,"revoked_by": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"contact_id": string,"created_at"?: string,"created_by"?: string | null,"expires_at": string,"id"?: string,"organization_id": string,"revoked_at"?: string | null,"revoked_by"?: string | null
                  }
                  Update: {
                    "accepted_at"?: string | null,"accepted_by"?: string | null,"contact_id"?: string,"created_at"?: string,"created_by"?: string | null,"expires_at"?: string,"id"?: string,"organization_id"?: string,"revoked_at"?: string | null,"revoked_by"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "portal_invitations_contact_fkey"
      columns: ["organization_id","contact_id"]
isOneToOne: false
      referencedRelation: "customer_contacts"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"tier_change_requests": {
                  Row: {
                    "applied_at": string | null,"customer_id": string,"decided_at": string | null,"decided_by": string | null,"decision_note": string | null,"direction": string,"effective_at": string,"from_tier_id": string | null,"grace_until": string | null,"id": string,"impact": NonNullable<Json>,"organization_id": string,"reason": string | null,"requested_at": string,"requested_by": string | null,"status": string,"to_tier_id": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "applied_at"?: string | null,"customer_id": string,"decided_at"?: string | null,"decided_by"?: string | null,"decision_note"?: string | null,"direction": string,"effective_at": string,"from_tier_id"?: string | null,"grace_until"?: string | null,"id"?: string,"impact": NonNullable<Json>,"organization_id": string,"reason"?: string | null,"requested_at"?: string,"requested_by"?: string | null,"status": string,"to_tier_id": string,"updated_at"?: string
                  }
                  Update: {
                    "applied_at"?: string | null,"customer_id"?: string,"decided_at"?: string | null,"decided_by"?: string | null,"decision_note"?: string | null,"direction"?: string,"effective_at"?: string,"from_tier_id"?: string | null,"grace_until"?: string | null,"id"?: string,"impact"?: NonNullable<Json>,"organization_id"?: string,"reason"?: string | null,"requested_at"?: string,"requested_by"?: string | null,"status"?: string,"to_tier_id"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tier_change_requests_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customer_pricing"
      referencedColumns: ["organization_id","customer_id"]
    },{
      foreignKeyName: "tier_change_requests_customer_fkey"
      columns: ["organization_id","customer_id"]
isOneToOne: false
      referencedRelation: "customers"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "tier_change_requests_from_tier_fkey"
      columns: ["organization_id","from_tier_id"]
isOneToOne: false
      referencedRelation: "customer_tiers"
      referencedColumns: ["organization_id","id"]
    },{
      foreignKeyName: "tier_change_requests_to_tier_fkey"
      columns: ["organization_id","to_tier_id"]
isOneToOne: false
      referencedRelation: "customer_tiers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                },"tier_discounts": {
                  Row: {
                    "created_by": string | null,"discount_percentage": number,"grace_until": string | null,"id": string,"impact": Json | null,"organization_id": string,"started_at": string,"tier_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_by"?: string | null,"discount_percentage": number,"grace_until"?: string | null,"id"?: string,"impact"?: Json | null,"organization_id": string,"started_at"?: string,"tier_id": string
                  }
                  Update: {
                    "created_by"?: string | null,"discount_percentage"?: number,"grace_until"?: string | null,"id"?: string,"impact"?: Json | null,"organization_id"?: string,"started_at"?: string,"tier_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "tier_discounts_tier_fkey"
      columns: ["organization_id","tier_id"]
isOneToOne: false
      referencedRelation: "customer_tiers"
      referencedColumns: ["organization_id","id"]
    }
                  ]
                }
          }
          Views: {
            "customer_pricing": {
                  Row: {
                    "currency": string,"customer_id": string,"customer_number": string,"discount_percentage": number | null,"grace_until": string | null,"organization_id": string,"scheduled_at": string | null,"scheduled_discount_percentage": number | null,"scheduled_tier_id": string | null,"scheduled_tier_name": string | null,"status": string,"tier_id": string | null,"tier_level": number | null,"tier_name": string | null,"tier_since": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    {
      foreignKeyName: "customers_organization_id_fkey"
      columns: ["organization_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Functions: {
            "accept_member_invitation":
{ Args: { "token": string }; Returns: Json
                           },
"apply_due_tier_changes":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"approve_tier_change":
{ Args: { "note"?: string,"request_id": string }; Returns: {
              "applied_at": string | null,
"customer_id": string,
"decided_at": string | null,
"decided_by": string | null,
"decision_note": string | null,
"direction": string,
"effective_at": string,
"from_tier_id": string | null,
"grace_until": string | null,
"id": string,
"impact": NonNullable<Json>,
"organization_id": string,
"reason": string | null,
"requested_at": string,
"requested_by": string | null,
"status": string,
"to_tier_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "tier_change_requests"
        isOneToOne: true
        isSetofReturn: false
      } },
"bulk_update_customers":
{ Args: { "changes": Json,"customer_ids": (string)[] }; Returns: Json
                           },
"cancel_import":
{ Args: { "import_id": string }; Returns: Json
                           },
"cancel_tier_change":
{ Args: { "request_id": string }; Returns: {
              "applied_at": string | null,
"customer_id": string,
"decided_at": string | null,
"decided_by": string | null,
"decision_note": string | null,
"direction": string,
"effective_at": string,
"from_tier_id": string | null,
"grace_until": string | null,
"id": string,
"impact": NonNullable<Json>,
"organization_id": string,
"reason": string | null,
"requested_at": string,
"requested_by": string | null,
"status": string,
"to_tier_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "tier_change_requests"
        isOneToOne: true
        isSetofReturn: false
      } },
"children":
{ Args: { "": Database["public"]['Tables']["customers"]['Row'] }; Returns: { error: true } & "the function public.children with parameter or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache"
                          SetofOptions: {
        from: "customers"
        to: "customers"
        isOneToOne: false
        isSetofReturn: true
      } },
"commit_import":
{ Args: { "import_id": string }; Returns: Json
                           },
"count_customers":
{ Args: { "filters"?: Json,"organization_id"?: string,"query"?: string }; Returns: Json
                           },
"create_customer":
{ Args: { "contacts"?: Json,"customer": Json }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"create_customer_import":
{ Args: { "file_name": string,"file_sha256"?: string,"mapping"?: Json,"options"?: Json,"organization_id"?: string }; Returns: Json
                           },
"create_organization":
{ Args: { "name": string }; Returns: {
              "created_at": string,
"id": string,
"name": string,
"settings": NonNullable<Json>,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"customer_overview":
{ Args: { "customer_id": string }; Returns: Json
                           },
"customer_statistics":
{ Args: { "organization_id"?: string }; Returns: Json
                           },
"customer_timeline":
{ Args: { "cursor"?: string,"customer_id": string,"include_archived"?: boolean,"page_size"?: number,"query"?: string,"since"?: string,"types"?: (string)[],"until"?: string }; Returns: Database["public"]['CompositeTypes']["timeline_row"][]
                          SetofOptions: {
        from: "*"
        to: "timeline_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"customer_timeline_summary":
{ Args: { "bucket"?: string,"customer_id": string,"since"?: string,"time_zone"?: string,"types"?: (string)[],"until"?: string }; Returns: Json
                           },
"deactivate_customer":
{ Args: { "customer_id": string,"reason"?: string }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"erase_customer":
{ Args: { "customer_id": string,"reason"?: string }; Returns: Json
                           },
"evaluate_customer_tier":
{ Args: { "customer_id": string }; Returns: Json
                           },
"export_customer_data":
{ Args: { "cursor"?: string,"customer_id": string,"page_size"?: number }; Returns: Database["public"]['CompositeTypes']["exported_row"][]
                          SetofOptions: {
        from: "*"
        to: "exported_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"export_customers":
{ Args: { "columns"?: (string)[],"cursor"?: string,"entity"?: string,"filters"?: Json,"organization_id"?: string,"page_size"?: number,"query"?: string,"raw"?: boolean,"shape"?: string,"sort"?: string }; Returns: Json
                           },
"find_duplicate_customers":
{ Args: { "cursor"?: string,"min_similarity"?: number,"organization_id"?: string,"page_size"?: number }; Returns: Database["public"]['CompositeTypes']["duplicate_row"][]
                          SetofOptions: {
        from: "*"
        to: "duplicate_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"import_report":
{ Args: { "cursor"?: string,"import_id": string,"page_size"?: number }; Returns: Json
                           },
"invite_member":
{ Args: { "email": string,"organization_id"?: string,"role": string }; Returns: Json
                           },
"invite_to_portal":
{ Args: { "contact_id": string,"valid_for"?: string }; Returns: Json
                           },
"log_activity":
{ Args: { "customer_id": string,"description"?: string,"metadata"?: Json,"occurred_at"?: string,"related_id"?: string,"related_type"?: string,"title": string,"type": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"customer_id": string,
"description": string | null,
"id": string,
"metadata": NonNullable<Json>,
"occurred_at": string,
"organization_id": string,
"related_id": string | null,
"related_type": string | null,
"title": string,
"type": string
            }
                          SetofOptions: {
        from: "*"
        to: "customer_activities"
        isOneToOne: true
        isSetofReturn: false
      } },
"may_order":
{ Args: { "amount": number,"customer_id": string }; Returns: Json
                           },
"merge_customers":
{ Args: { "source_ids": (string)[],"target_id": string }; Returns: Json
                           },
"parent":
{ Args: { "": Database["public"]['Tables']["customers"]['Row'] }; Returns: { error: true } & "the function public.parent with parameter or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache"
                          SetofOptions: {
        from: "customers"
        to: "customers"
        isOneToOne: true
        isSetofReturn: true
      } },
"preview_merge":
{ Args: { "source_ids": (string)[],"target_id": string }; Returns: Json
                           },
"preview_tier_change":
{ Args: { "customer_id": string,"tier_id": string }; Returns: Json
                           },
"preview_tier_discount":
{ Args: { "discount_percentage": number,"tier_id": string }; Returns: Json
                           },
"price_items":
{ Args: { "at"?: string,"customer_id": string,"include_suspended"?: boolean,"items": Json,"order_id"?: string }; Returns: Database["public"]['CompositeTypes']["price_row"][]
                          SetofOptions: {
        from: "*"
        to: "price_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"pricing_changes_since":
{ Args: { "cursor"?: string,"organization_id"?: string,"page_size"?: number }; Returns: Database["public"]['CompositeTypes']["pricing_change_row"][]
                          SetofOptions: {
        from: "*"
        to: "pricing_change_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"reactivate_customer":
{ Args: { "customer_id": string }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"reject_tier_change":
{ Args: { "note"?: string,"request_id": string }; Returns: {
              "applied_at": string | null,
"customer_id": string,
"decided_at": string | null,
"decided_by": string | null,
"decision_note": string | null,
"direction": string,
"effective_at": string,
"from_tier_id": string | null,
"grace_until": string | null,
"id": string,
"impact": NonNullable<Json>,
"organization_id": string,
"reason": string | null,
"requested_at": string,
"requested_by": string | null,
"status": string,
"to_tier_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "tier_change_requests"
        isOneToOne: true
        isSetofReturn: false
      } },
"release_credit_hold":
{ Args: { "customer_id": string }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"remove_member":
{ Args: { "organization_id"?: string,"user_id": string }; Returns: undefined
                           },
"request_tier_change":
{ Args: { "customer_id": string,"effective_at"?: string,"reason"?: string,"tier_id": string }; Returns: {
              "applied_at": string | null,
"customer_id": string,
"decided_at": string | null,
"decided_by": string | null,
"decision_note": string | null,
"direction": string,
"effective_at": string,
"from_tier_id": string | null,
"grace_until": string | null,
"id": string,
"impact": NonNullable<Json>,
"organization_id": string,
"reason": string | null,
"requested_at": string,
"requested_by": string | null,
"status": string,
"to_tier_id": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "tier_change_requests"
        isOneToOne: true
        isSetofReturn: false
      } },
"resolve_portal":
{ Args: { "subdomain": string }; Returns: Json
                           },
"revoke_portal_access":
{ Args: { "contact_id": string }; Returns: {
              "created_at": string,
"customer_id": string,
"email": string,
"first_name": string,
"id": string,
"is_primary": boolean,
"last_name": string,
"mobile": string | null,
"notes": string | null,
"organization_id": string,
"phone": string | null,
"portal_access": boolean,
"preferred_contact_method": string,
"receives_marketing": boolean,
"receives_order_updates": boolean,
"role": string,
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customer_contacts"
        isOneToOne: true
        isSetofReturn: false
      } },
"run_maintenance":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"search_customers":
{ Args: { "cursor"?: string,"filters"?: Json,"organization_id"?: string,"page_size"?: number,"query"?: string,"sort"?: string }; Returns: Database["public"]['CompositeTypes']["customer_list_row"][]
                          SetofOptions: {
        from: "*"
        to: "customer_list_row"
        isOneToOne: false
        isSetofReturn: true
      } },
"set_credit_hold":
{ Args: { "customer_id": string,"reason"?: string,"until"?: string }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_member_role":
{ Args: { "organization_id"?: string,"role": string,"user_id": string }; Returns: {
              "created_at": string,
"organization_id": string,
"role": string,
"updated_at": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "organization_members"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_primary_contact":
{ Args: { "contact_id": string }; Returns: {
              "created_at": string,
"customer_id": string,
"email": string,
"first_name": string,
"id": string,
"is_primary": boolean,
"last_name": string,
"mobile": string | null,
"notes": string | null,
"organization_id": string,
"phone": string | null,
"portal_access": boolean,
"preferred_contact_method": string,
"receives_marketing": boolean,
"receives_order_updates": boolean,
"role": string,
"updated_at": string,
"user_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customer_contacts"
        isOneToOne: true
        isSetofReturn: false
      } },
"stage_import_rows":
{ Args: { "first_row": number,"import_id": string,"rows": Json }; Returns: Json
                           },
"suspend_customer":
{ Args: { "customer_id": string,"reason"?: string }; Returns: {
              "billing_address": NonNullable<Json>,
"company_name": string,
"created_at": string,
"created_by": string | null,
"credit_hold_by": string | null,
"credit_hold_reason": string | null,
"credit_hold_until": string | null,
"credit_limit": number | null,
"currency": string,
"customer_number": string,
"customer_type": string,
"deactivated_at": string | null,
"display_name": string | null,
"erased_at": string | null,
"external_id": string | null,
"id": string,
"internal_notes": string | null,
"merged_into": string | null,
"notes": string | null,
"organization_id": string,
"parent_id": string | null,
"payment_terms": number,
"portal_enabled": boolean,
"portal_subdomain": string | null,
"settings": NonNullable<Json>,
"shipping_address": NonNullable<Json>,
"status": string,
"tags": (string)[],
"tax_id": string | null,
"tier_id": string | null,
"updated_at": string,
"updated_by": string | null,
"version": number,
"website": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "customers"
        isOneToOne: true
        isSetofReturn: false
      } },
"undo_import":
{ Args: { "import_id": string }; Returns: Json
                           },
"undo_merge":
{ Args: { "merge_id": string }; Returns: Json
                           },
"upsert_invoices":
{ Args: { "rows": Json }; Returns: Json
                           },
"upsert_orders":
{ Args: { "rows": Json }; Returns: Json
                           },
"validate_customer":
{ Args: { "contacts"?: Json,"customer": Json }; Returns: Database["public"]['CompositeTypes']["validation_error"][]
                          SetofOptions: {
        from: "*"
        to: "validation_error"
        isOneToOne: false
        isSetofReturn: true
      } },
"validate_import":
{ Args: { "import_id": string }; Returns: Json
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            "customer_list_row": {
                        "organization_id": string | null,"id": string | null,"customer_number": string | null,"external_id": string | null,"parent_id": string | null,"company_name": string | null,"display_name": string | null,"tax_id": string | null,"website": string | null,"tier_id": string | null,"status": string | null,"customer_type": string | null,"billing_address": Json | null,"shipping_address": Json | null,"credit_limit": number | null,"payment_terms": number | null,"currency": string | null,"settings": Json | null,"tags": (string)[] | null,"portal_enabled": boolean | null,"portal_subdomain": string | null,"notes": string | null,"internal_notes": string | null,"credit_hold_reason": string | null,"credit_hold_until": string | null,"credit_hold_by": string | null,"deactivated_at": string | null,"merged_into": string | null,"erased_at": string | null,"version": number | null,"created_at": string | null,"updated_at": string | null,"created_by": string | null,"updated_by": string | null,"tier_name": string | null,"tier_level": number | null,"tier_color": string | null,"primary_contact_name": string | null,"primary_contact_email": string | null,"contact_count": number | null,"order_count": number | null,"revenue": number | null,"last_order_at": string | null,"open_order_total": number | null,"uninvoiced_order_total": number | null,"open_invoice_total": number | null,"oldest_unpaid_due_on": string | null,"cursor": string | null
                      },"duplicate_row": {
                        "customer_id": string | null,"other_id": string | null,"similarity": number | null,"reasons": (string)[] | null,"cursor": string | null
                      },"exported_row": {
                        "entity": string | null,"data": Json | null,"cursor": string | null
                      },"portal_profile": {
                        "organization_id": string | null,"organization_name": string | null,"customer_id": string | null,"company_name": string | null,"contact_id": string | null,"first_name": string | null,"last_name": string | null,"email": string | null,"phone": string | null,"mobile": string | null,"role": string | null,"preferred_contact_method": string | null,"receives_order_updates": boolean | null,"receives_marketing": boolean | null
                      },"price_row": {
                        "sku": string | null,"quantity": number | null,"list_price": number | null,"discount_percentage": number | null,"unit_price": number | null,"line_total": number | null,"tier_id": string | null
                      },"pricing_change_row": {
                        "organization_id": string | null,"id": string | null,"kind": string | null,"customer_id": string | null,"tier_id": string | null,"effective_at": string | null,"grace_until": string | null,"created_at": string | null,"cursor": string | null
                      },"timeline_row": {
                        "organization_id": string | null,"id": string | null,"customer_id": string | null,"type": string | null,"title": string | null,"description": string | null,"metadata": Json | null,"related_type": string | null,"related_id": string | null,"occurred_at": string | null,"created_by": string | null,"created_at": string | null,"cursor": string | null
                      },"validation_error": {
                        "path": string | null,"slug": string | null,"message": string | null
                      }
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
