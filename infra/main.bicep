// Everything that the running app uses, one module a resource. Deployed at subscription scope, as azd does by default.
targetScope = 'subscription'

@description('Name of the environment; part of the resource group name and of every generated name.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region of all resources; it must offer the Flex Consumption plan.')
param location string

@description('Name of the scheduling product, as the Microsoft administrator reads it on the consent pages.')
param productName string

@description('Logo of the product on the pages: data:image/svg+xml;base64,… or data:image/png;base64,…, at most 16 KiB. Empty: its name.')
param logo string = ''

@description('Colour of the product on the pages, as #rrggbb. Empty: blue.')
param color string = ''

@description('Client id of the app registration «Orgcal for organisations» (infra/README.md says how to make it).')
param clientId string

@description('How the app proves itself to Microsoft Entra: by its managed identity (a federated credential, nothing to renew) or by a certificate in Key Vault.')
@allowed(['managedIdentity', 'certificate'])
param credential string = 'managedIdentity'

@description('Keys that sign links, states and cookies: at least 32 characters each, separated by commas, the newest last. Needed once; empty leaves those in Key Vault as they are.')
@secure()
param signingKeys string = ''

@description('PEM certificate with its private key, if the credential is one. Needed once; empty leaves the one in Key Vault as it is.')
@secure()
param clientCertificate string = ''

@description('Client id of the app registration «Orgcal», for accounts that people connect themselves. Empty: nobody can.')
param personalClientId string = ''

@description('PEM certificate of that registration with its private key, if the credential is one. Needed once; empty leaves the one in Key Vault as it is.')
@secure()
param personalClientCertificate string = ''

@description('Keys that seal the refresh tokens of those accounts, each wrapped by the key token-keys in Key Vault (infra/new-token-key.sh makes one), separated by commas, the newest last. Empty: there are none yet.')
param tokenKeys string = ''

@description('Address of the product to which events are sent, https. Empty: they are listed only.')
param eventsUrl string = ''

@description('Secrets that sign those events: whsec_ and base64 of 24 to 64 random bytes each, separated by commas; all of them sign. Needed once, with the address; empty leaves those in Key Vault as they are.')
@secure()
param eventsSecrets string = ''

@description('Address under which people and Microsoft reach the app, without a final slash. Empty: the host name that Azure gives the app.')
param baseUrl string = ''

@description('Microsoft cloud of the customers.')
@allowed(['global', 'usgov', 'usgovdod', 'china'])
param cloud string = 'global'

@description('Days that an activation link works.')
@minValue(1)
@maxValue(30)
param linkDays int = 7

@description('Days ahead for which availability is answered.')
@minValue(7)
@maxValue(365)
param windowDays int = 90

@description('Origins of the product to which the portal leads back, commas between. Empty: no way back is offered.')
param returnOrigins string = ''

@description('Most instances that one scale group may have.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('HTTP requests that one instance serves at the same time.')
@minValue(1)
param httpConcurrency int = 16

@description('Redundancy of the storage account; zone redundancy where the region has zones.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Subnet (delegated to Microsoft.App/environments, with the storage and Key Vault service endpoints) to join. Given: storage and Key Vault answer this subnet only. Empty: they answer any network, still to identities only.')
param subnetId string = ''

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

var tags = { 'azd-env-name': environmentName }
var uniquePart = uniqueString(subscription().id, environmentName, location)

resource resourceGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: resourceGroup
  params: {
    name: 'id-${uniquePart}'
    location: location
    tags: tags
  }
}

module logAnalytics 'modules/log-analytics.bicep' = {
  name: 'log-analytics'
  scope: resourceGroup
  params: {
    name: 'log-${uniquePart}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
  }
}

module applicationInsights 'modules/application-insights.bicep' = {
  name: 'application-insights'
  scope: resourceGroup
  params: {
    name: 'appi-${uniquePart}'
    location: location
    tags: tags
    workspaceId: logAnalytics.outputs.id
    principalId: identity.outputs.principalId
  }
}

module storageAccount 'modules/storage-account.bicep' = {
  name: 'storage-account'
  scope: resourceGroup
  params: {
    name: 'st${uniquePart}'
    location: location
    tags: tags
    redundancy: storageRedundancy
    subnetId: subnetId
    principalId: identity.outputs.principalId
  }
}

module tables 'modules/tables.bicep' = {
  name: 'tables'
  scope: resourceGroup
  params: { storageAccountName: storageAccount.outputs.name }
}

module queues 'modules/queues.bicep' = {
  name: 'queues'
  scope: resourceGroup
  params: { storageAccountName: storageAccount.outputs.name }
}

module deploymentContainer 'modules/deployment-container.bicep' = {
  name: 'deployment-container'
  scope: resourceGroup
  params: { storageAccountName: storageAccount.outputs.name }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: resourceGroup
  params: {
    name: 'kv-${uniquePart}'
    location: location
    tags: tags
    subnetId: subnetId
    principalId: identity.outputs.principalId
    signingKeys: signingKeys
    clientCertificate: clientCertificate
    personalClientCertificate: personalClientCertificate
    eventsSecrets: eventsSecrets
  }
}

module functionPlan 'modules/function-plan.bicep' = {
  name: 'function-plan'
  scope: resourceGroup
  params: {
    name: 'plan-${uniquePart}'
    location: location
    tags: tags
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: resourceGroup
  params: {
    name: 'func-${uniquePart}'
    location: location
    tags: tags
    planId: functionPlan.outputs.id
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storageAccount.outputs.name
    deploymentContainerUrl: deploymentContainer.outputs.url
    applicationInsightsAddress: applicationInsights.outputs.address
    subnetId: subnetId
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    baseUrl: baseUrl
    productName: productName
    logo: logo
    color: color
    cloud: cloud
    clientId: clientId
    clientCertificateUri: credential == 'certificate' ? keyVault.outputs.clientCertificateUri : ''
    personalClientId: personalClientId
    personalClientCertificateUri: credential == 'certificate' && !empty(personalClientId) ? keyVault.outputs.personalClientCertificateUri : ''
    tokenKeys: tokenKeys
    tokenKeyVaultKey: keyVault.outputs.tokenKeyVaultKey
    signingKeysUri: keyVault.outputs.signingKeysUri
    eventsUrl: eventsUrl
    eventsSecretsUri: keyVault.outputs.eventsSecretsUri
    linkDays: linkDays
    windowDays: windowDays
    returnOrigins: returnOrigins
  }
  dependsOn: [tables, queues]
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = resourceGroup.name
output AZURE_KEY_VAULT_NAME string = keyVault.outputs.name
output AZURE_STORAGE_ACCOUNT_NAME string = storageAccount.outputs.name
output AZURE_FUNCTION_APP_NAME string = functionApp.outputs.name
@description('Principal id of the identity: the subject of the federated credential.')
output AZURE_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
@description('The redirect URIs of the app registration begin with this.')
output ORGCAL_BASE_URL string = functionApp.outputs.baseUrl
