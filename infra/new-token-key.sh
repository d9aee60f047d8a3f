#!/bin/sh
# Prints an entry for ORGCAL_TOKEN_KEYS: 32 random bytes, wrapped by the newest version of a Key Vault key. The bytes
# themselves are written nowhere. Needs az, openssl and the right to read keys (Key Vault Reader).
#   sh infra/new-token-key.sh VAULT [ID]
set -eu
vault=$1
id=${2:-$(date -u +%Y%m%d-%H%M%S)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

version=$(az keyvault key show --vault-name "$vault" --name token-keys --query key.kid --output tsv)
version=${version##*/}
az keyvault key download --vault-name "$vault" --name token-keys --version "$version" --encoding PEM \
    --file "$folder/public.pem" --output none
# As RSA-OAEP-256 has it: SHA-256 for the label and for the mask. To wrap takes the public key only.
wrapped=$(openssl rand 32 | openssl pkeyutl -encrypt -pubin -inkey "$folder/public.pem" \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 | openssl base64 -A)
test -n "$wrapped"
echo "$id:$version:$wrapped"
