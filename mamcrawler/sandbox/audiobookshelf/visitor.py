"""What the stand-in tells of itself and of its one user."""

from typing import Any

from mamcrawler.sandbox.accounts import SECRETS
from mamcrawler.sandbox.audiobookshelf.records import VERSION, Record

STATUS: Record = {
    "app": "audiobookshelf",
    "serverVersion": VERSION,
    "isInit": True,
    "language": "en-us",
    "authMethods": ["local"],
    "authFormData": {"authLoginCustomMessage": ""},
}

_SETTINGS: Record = {
    "id": "server-settings",
    "scannerFindCovers": False,
    "scannerCoverProvider": "google",
    "scannerParseSubtitle": False,
    "scannerPreferMatchedMetadata": False,
    "scannerDisableWatcher": True,
    "storeCoverWithItem": False,
    "storeMetadataWithItem": False,
    "metadataFileFormat": "json",
    "rateLimitLoginRequests": 10,
    "rateLimitLoginWindow": 600_000,
    "allowIframe": False,
    "backupPath": "/metadata/backups",
    "backupSchedule": False,
    "backupsToKeep": 2,
    "maxBackupSize": 1,
    "loggerDailyLogsToKeep": 7,
    "loggerScannerLogsToKeep": 2,
    "homeBookshelfView": 1,
    "bookshelfView": 1,
    "podcastEpisodeSchedule": "0 * * * *",
    "sortingIgnorePrefix": False,
    "sortingPrefixes": ["the", "a"],
    "chromecastEnabled": False,
    "dateFormat": "MM/dd/yyyy",
    "timeFormat": "HH:mm",
    "language": "en-us",
    "allowedOrigins": [],
    "logLevel": 2,
    "version": VERSION,
    "buildNumber": 1,
    "authLoginCustomMessage": None,
    "authActiveAuthMethods": ["local"],
    "authOpenIDIssuerURL": None,
    "authOpenIDAuthorizationURL": None,
    "authOpenIDTokenURL": None,
    "authOpenIDUserInfoURL": None,
    "authOpenIDJwksURL": None,
    "authOpenIDLogoutURL": None,
    "authOpenIDTokenSigningAlgorithm": "RS256",
    "authOpenIDButtonText": "Login with OpenId",
    "authOpenIDAutoLaunch": False,
    "authOpenIDAutoRegister": False,
    "authOpenIDMatchExistingBy": None,
    "timeZone": "UTC",
}


def user(state: dict[str, Any]) -> Record:
    """Tell of the one user, an administrator."""
    allowed = ("download", "update", "delete", "upload", "createEreader", "accessAllLibraries", "accessAllTags")
    return {
        "id": state["user_id"],
        "username": SECRETS.abs_username,
        "email": None,
        "type": "root",
        "token": SECRETS.abs_token,
        "mediaProgress": list(state["progress"].values()),
        "seriesHideFromContinueListening": [],
        "bookmarks": [],
        "isActive": True,
        "isLocked": False,
        "lastSeen": None,
        "createdAt": state["library"]["createdAt"],
        "permissions": {
            **dict.fromkeys(allowed, True),
            "accessExplicitContent": True,
            "selectedTagsNotAccessible": False,
        },
        "librariesAccessible": [],
        "itemTagsSelected": [],
        "hasOpenIDLink": False,
    }


def signed_in(state: dict[str, Any], **tokens: str | None) -> Record:
    """Answer whoever signs in or asks who they are."""
    return {
        "user": {**user(state), **tokens},
        "userDefaultLibraryId": None,
        "serverSettings": {**_SETTINGS, **_backing_up(state)},
        "ereaderDevices": [],
        "Source": "sandbox",
    }


def _backing_up(state: dict[str, Any]) -> Record:
    """How the server is set that keeps backups."""
    kept = state.get("backups", 0)
    return {"backupSchedule": "30 1 * * *", "backupsToKeep": kept} if kept else {}
