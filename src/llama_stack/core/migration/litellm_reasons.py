"""Why a setting of LiteLLM's does not come along, and what to do instead."""

__all__ = ("SECTIONS", "info_reason", "reason")

_ACCESS = "this version does not authenticate callers: listen on 127.0.0.1, or behind a proxy that does"
_BILLING = "this version neither limits nor bills requests; let what stands before it count"
_CACHE = "answers are not cached by this version; cache them where they are asked for"
_CALLBACKS = "there are no callbacks; the server logs each request"
_DATABASE = "models and keys are not kept in a database; what is in the run config is served"
_DROPPING = "fields are not dropped by setting: a service's row knows what it refuses, all else is passed on"
_FALLBACK = "no model stands in for another in this version; let the caller ask the next one"
_HEALTH = "each provider's state is at /v1/providers, and in `llama stack check --live`"
_LOGS = "say how much is logged in `logging: {category_levels: {all: debug}}`"
_PARAMETERS = "no parameters are added to requests in this version; send it along, or set it at the service"
_PRICES = "prices are not used; keep them where spending is counted"
_RETRIES = "a request that failed is not sent again by this version; let the caller retry"
_ROUTING = "a model has one target in this version, so nothing is balanced"
_SECRETS = "keys come from the environment; let your secret manager put them there"

_GROUPS = {
    _ACCESS: "allow_user_auth allowed_ips allowed_routes admin_only_routes custom_auth custom_sso enable_jwt_auth"
    " enable_oauth2_auth enable_oauth2_proxy_auth enforce_user_param enforced_params litellm_jwtauth"
    " litellm_key_header_name master_key oauth2_config_mappings public_routes ui_access_mode default_team_settings"
    " configurable_clientside_auth_params",
    _BILLING: "rpm tpm max_parallel_requests global_max_parallel_requests default_max_parallel_requests max_budget"
    " budget_duration provider_budget_config max_end_user_budget max_user_budget max_internal_user_budget"
    " disable_spend_logs disable_spend_updates store_prompts_in_spend_logs spend_report_frequency",
    _CACHE: "cache cache_params cache_responses cache_kwargs caching_groups redis_host redis_port redis_password"
    " redis_url redis_db enable_redis_auth_cache client_ttl",
    _CALLBACKS: "callbacks success_callback failure_callback service_callbacks input_callback audit_log_callbacks"
    " callback_settings langfuse_default_tags turn_off_message_logging redact_user_api_key_info alerting alert_types"
    " alerting_args alerting_threshold alert_to_webhook_url",
    _DATABASE: "database_url database_type database_args database_connection_pool_limit database_connection_timeout"
    " store_model_in_db allow_requests_on_db_unavailable supported_db_objects proxy_batch_write_at"
    " disable_prisma_schema_update use_prisma_migrate",
    _DROPPING: "drop_params additional_drop_params allowed_openai_params modify_params",
    _FALLBACK: "fallbacks default_fallbacks context_window_fallbacks content_policy_fallbacks max_fallbacks",
    _HEALTH: "background_health_checks health_check_interval health_check_details health_check_model"
    " health_check_timeout disable_background_health_check",
    _LOGS: "set_verbose json_logs debug_level detailed_debug log_raw_request_response",
    _PARAMETERS: "temperature max_tokens max_completion_tokens top_p top_k seed stop n presence_penalty"
    " frequency_penalty response_format logit_bias reasoning_effort thinking extra_body default_litellm_params user"
    " cache_control_injection_points merge_reasoning_content_in_choices num_ctx keep_alive",
    _RETRIES: "max_retries num_retries retry_after retry_policy allowed_fails allowed_fails_policy cooldown_time"
    " disable_cooldowns model_group_retry_policy disable_retry_on_max_parallel_request_limit_error",
    _ROUTING: "weight order routing_strategy routing_strategy_args tags enable_tag_filtering tag_filtering_match_any"
    " enable_pre_call_checks default_priority polling_interval region_name",
    _SECRETS: "key_management_system key_management_settings use_azure_key_vault use_google_kms",
    "one time-out holds for whole answers and for streams: give it as `timeout`": "stream_timeout",
    "models cannot be hidden from the list in this version": "access_groups hidden",
}
_REASONS = {key: text for text, keys in _GROUPS.items() for key in keys.split()}

# Whole sections that stand beside the models, by what this version lacks for them.
SECTIONS = {
    "assistant_settings": "assistants",
    "files_settings": "files",
    "finetune_settings": "fine-tuning",
    "guardrails": "guardrails",
    "mcp_servers": "tools",
    "mcp_tools": "tools",
    "pass_through_endpoints": "routes of other services",
    "policies": "guardrails",
    "prompts": "prompts",
    "search_tools": "tools",
    "vector_store_registry": "vector stores",
}


def reason(key: str) -> str:
    """Why this setting does not come along."""
    return _PRICES if "cost_per" in key else _REASONS.get(key, "nothing here reads it; leave it out")


def info_reason(key: str) -> str:
    """Why this fact about a model does not come along."""
    return _PRICES if "cost" in key or key == "base_model" else "nothing here reads it; leave it out"
