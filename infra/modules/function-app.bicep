// The app and its settings.

@description('Name of the app, and first label of its host name.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Resource id of the Flex Consumption plan.')
param planId string

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param identityClientId string

@description('Name of the storage account.')
param storageAccountName string

@description('Address of the container that holds the deployed package.')
param deploymentContainerUrl string

@description('Ingestion address and component id of Application Insights.')
param applicationInsightsAddress string

@description('Subnet to join. Empty: none.')
param subnetId string

@description('Most instances that one scale group may have.')
param maximumInstanceCount int

@description('HTTP requests that one instance serves at the same time.')
param httpConcurrency int

@description('Public address of the app, without a final slash. Empty: the host name that Azure gives it.')
param baseUrl string

@description('Name of the scheduling product.')
param productName string

@description('Logo of the product on the pages: data:image/svg+xml;base64,… or data:image/png;base64,…, at most 16 KiB. Empty: its name.')
param logo string

@description('Colour of the product on the pages, as #rrggbb. Empty: blue.')
param color string

@description('Microsoft cloud of the customers.')
param cloud string

@description('Client id of the app registration for organisations.')
param clientId string

@description('Address of the certificate in Key Vault. Empty: the identity is the proof (federated credential).')
param clientCertificateUri string

@description('Client id of the app registration for accounts that people connect themselves. Empty: nobody can.')
param personalClientId string

@description('Address of its certificate in Key Vault. Empty: it has none, or the identity is the proof.')
param personalClientCertificateUri string

@description('Keys that seal refresh tokens, each wrapped by the key below. Empty: there are none yet.')
param tokenKeys string

@description('Identifier, without a version, of the key in Key Vault that wraps them.')
param tokenKeyVaultKey string

@description('Address of the signing keys in Key Vault.')
param signingKeysUri string

@description('Address of the product to which events are sent. Empty: they are listed only.')
param eventsUrl string

@description('Address of the secrets in Key Vault that sign those events.')
param eventsSecretsUri string

@description('Days that an activation link works.')
param linkDays int

@description('Days ahead for which availability is answered.')
param windowDays int

@description('Origins of the product to which the portal leads back, commas between. Empty: no way back is offered.')
param returnOrigins string

var publicUrl = empty(baseUrl) ? 'https://${app.properties.defaultHostName}' : baseUrl

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_222: Microsoft Graph, browsers and the product reach the app from the internet.
  // checkov:skip=CKV_AZURE_17: None of them presents a client certificate; callers prove themselves by key, session or client state.
  // checkov:skip=CKV_AZURE_212: Flex Consumption counts instances by alwaysReady and scale-out, not by this property.
  // checkov:skip=CKV_AZURE_213: Flex Consumption replaces unhealthy instances itself and takes no health check path.
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: planId
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      runtime: {
        name: 'python'
        version: '3.13'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        // One warm instance answers Microsoft Graph, which drops notifications for an endpoint that is slow to wake.
        alwaysReady: [{ name: 'http', instanceCount: 1 }]
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: 2048
        // Python's default is one request an instance; the HTTP functions are asynchronous and mostly wait.
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
  }
}

// Deployment goes by Microsoft Entra tokens; passwords of publishing profiles are off.
resource noPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [for channel in ['scm', 'ftp']: {
  parent: app
  name: channel
  properties: { allow: false }
}]

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  // These checks look for site properties; this resource holds the application settings only.
  // checkov:skip=CKV_AZURE_13: Not a property of application settings; the app authenticates its callers itself.
  // checkov:skip=CKV_AZURE_63: Not a property of application settings; requests are logged in Application Insights.
  // checkov:skip=CKV_AZURE_65: Not a property of application settings; errors are logged in Application Insights.
  // checkov:skip=CKV_AZURE_66: Not a property of application settings; failed requests are logged in Application Insights.
  // checkov:skip=CKV_AZURE_80: Not a property of application settings; the app runs Python.
  // checkov:skip=CKV_AZURE_88: Not a property of application settings; the app mounts no files.
  // checkov:skip=CKV_AZURE_222: Not a property of application settings; see the app above.
  parent: app
  name: 'appsettings'
  properties: {
    AzureWebJobsStorage__accountName: account.name
    AzureWebJobsStorage__blobServiceUri: account.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: account.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: account.properties.primaryEndpoints.table
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsAddress
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    ORGCAL_BASE_URL: publicUrl
    ORGCAL_PRODUCT_NAME: productName
    ORGCAL_LOGO: logo
    ORGCAL_COLOR: color
    ORGCAL_CLOUD: cloud
    ORGCAL_AUTHORITY_URL: ''
    ORGCAL_GRAPH_URL: ''
    ORGCAL_CLIENT_ID: clientId
    ORGCAL_CLIENT_CERTIFICATE: empty(clientCertificateUri) ? '' : '@Microsoft.KeyVault(SecretUri=${clientCertificateUri})'
    ORGCAL_FEDERATED_IDENTITY: empty(clientCertificateUri) ? identityClientId : ''
    // Without a key to seal their tokens nobody's account can be connected; the first deployment makes what wraps it.
    ORGCAL_PERSONAL_CLIENT_ID: empty(tokenKeys) ? '' : personalClientId
    ORGCAL_PERSONAL_CLIENT_CERTIFICATE: empty(personalClientCertificateUri) ? '' : '@Microsoft.KeyVault(SecretUri=${personalClientCertificateUri})'
    ORGCAL_TOKEN_KEYS: tokenKeys
    ORGCAL_TOKEN_KEY_VAULT_KEY: tokenKeyVaultKey
    ORGCAL_SIGNING_KEYS: '@Microsoft.KeyVault(SecretUri=${signingKeysUri})'
    ORGCAL_LINK_DAYS: string(linkDays)
    ORGCAL_WINDOW_DAYS: string(windowDays)
    ORGCAL_EVENTS_URL: eventsUrl
    ORGCAL_EVENTS_SECRETS: empty(eventsUrl) ? '' : '@Microsoft.KeyVault(SecretUri=${eventsSecretsUri})'
    ORGCAL_RETURN_ORIGINS: returnOrigins
  }
}

output name string = app.name
output baseUrl string = publicUrl
