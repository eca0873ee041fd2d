"""The Slack app manifest: what Docent asks of a workspace, and nothing it does not use."""

from __future__ import annotations

MANIFEST: dict[str, object] = {
    "display_information": {
        "name": "Docent",
        "description": "Answers questions about your company's data, with sources",
        "background_color": "#1f3a5f",
    },
    "features": {
        "agent_view": {
            "agent_description": "Ask where data is, who owns it, what it means, where it comes from and whether to "
            "trust it. Every sentence cites the catalog record that proves it.",
            "suggested_prompts": [
                {"title": "Find data", "message": "Where do we keep customers?"},
                {"title": "Find who knows", "message": "Who owns orders?"},
                {"title": "What a word means", "message": "What does revenue mean?"},
            ],
        },
        "app_home": {
            "home_tab_enabled": False,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "Docent", "always_online": True},
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "assistant:write",
                "channels:read",  # who is in a channel: an answer is for all who will read it
                "chat:write",
                "groups:read",
                "im:history",
                "im:read",
                "mpim:read",
                "users:read",
                "users:read.email",  # which person of the catalog is asking
            ]
        }
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["app_mention", "message.im"]},
        "interactivity": {"is_enabled": False},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    },
}
