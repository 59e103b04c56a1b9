#!/bin/sh
# The page at /. GREETING comes from .env by way of compose.yml.
greeting=$(printf '%s' "${GREETING:-Hello}" | sed 's/&/\&amp;/g; s/</\&lt;/g')
printf 'Content-Type: text/html; charset=utf-8\r\n\r\n'
printf '<!doctype html><html lang="en"><title>%s</title><h1>%s</h1></html>\n' "$greeting" "$greeting"
