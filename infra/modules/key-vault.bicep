// The secrets of the app, read through references in its settings by its identity and by nobody else; and the key that
// wraps those which seal refresh tokens, and never leaves.

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Subnet that alone may connect. Empty: any network.')
param subnetId string

@description('Principal id of the identity that reads the secrets and unwraps keys.')
param principalId string

@description('New value of the secret signing-keys. Empty: left as it is.')
@secure()
param signingKeys string

@description('New value of the secret client-certificate. Empty: left as it is.')
@secure()
param clientCertificate string

@description('New value of the secret personal-client-certificate. Empty: left as it is.')
@secure()
param personalClientCertificate string

@description('New value of the secret events-secrets. Empty: left as it is.')
@secure()
param eventsSecrets string

var roles = loadJsonContent('../roles.json')
var signingKeysName = 'signing-keys'
var clientCertificateName = 'client-certificate'
var personalClientCertificateName = 'personal-client-certificate'
var eventsSecretsName = 'events-secrets'
var tokenKeyName = 'token-keys'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  // checkov:skip=CKV_AZURE_109: Denied by default as soon as a subnet is given; without one, roles are the only way in.
  // checkov:skip=CKV_AZURE_189: The app reads its references over the subnet, which needs the public endpoint behind the rule above.
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(subnetId) ? 'Allow' : 'Deny'
      virtualNetworkRules: empty(subnetId) ? [] : [{ id: subnetId }]
    }
  }
}

resource signingKeysSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(signingKeys)) {
  // checkov:skip=CKV_AZURE_41: Keys are retired by a new value that still accepts the old one; a date would break links already sent.
  // checkov:skip=CKV_AZURE_114: It is set below; the check does not see into a conditional resource.
  parent: vault
  name: signingKeysName
  properties: {
    value: signingKeys
    contentType: 'text/plain'
  }
}

resource clientCertificateSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(clientCertificate)) {
  // checkov:skip=CKV_AZURE_41: The certificate carries its own dates.
  // checkov:skip=CKV_AZURE_114: It is set below; the check does not see into a conditional resource.
  parent: vault
  name: clientCertificateName
  properties: {
    value: clientCertificate
    contentType: 'application/x-pem-file'
  }
}

resource personalClientCertificateSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(personalClientCertificate)) {
  // checkov:skip=CKV_AZURE_41: The certificate carries its own dates.
  // checkov:skip=CKV_AZURE_114: It is set below; the check does not see into a conditional resource.
  parent: vault
  name: personalClientCertificateName
  properties: {
    value: personalClientCertificate
    contentType: 'application/x-pem-file'
  }
}

resource eventsSecretsSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(eventsSecrets)) {
  // checkov:skip=CKV_AZURE_41: Secrets are retired by a new value that still signs with the old one, until the product knows the new one.
  // checkov:skip=CKV_AZURE_114: It is set below; the check does not see into a conditional resource.
  parent: vault
  name: eventsSecretsName
  properties: {
    value: eventsSecrets
    contentType: 'text/plain'
  }
}

resource tokenKey 'Microsoft.KeyVault/vaults/keys@2023-07-01' = {
  // checkov:skip=CKV_AZURE_40: An expired key would open nothing that it has sealed; docs/operating.md says how it is replaced.
  // checkov:skip=CKV_AZURE_112: What it wraps is held in memory by the app anyway.
  parent: vault
  name: tokenKeyName
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: ['wrapKey', 'unwrapKey']
  }
}

resource unwrapper 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(tokenKey.id, principalId, roles.keyVaultCryptoServiceEncryptionUser)
  scope: tokenKey
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultCryptoServiceEncryptionUser)
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, roles.keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}

output name string = vault.name
@description('The addresses name no version, so that the app follows a new one by itself.')
output signingKeysUri string = '${vault.properties.vaultUri}secrets/${signingKeysName}'
output clientCertificateUri string = '${vault.properties.vaultUri}secrets/${clientCertificateName}'
output personalClientCertificateUri string = '${vault.properties.vaultUri}secrets/${personalClientCertificateName}'
output eventsSecretsUri string = '${vault.properties.vaultUri}secrets/${eventsSecretsName}'
output tokenKeyVaultKey string = '${vault.properties.vaultUri}keys/${tokenKeyName}'
