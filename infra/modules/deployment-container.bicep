// Holds the package that Flex Consumption runs.

@description('Name of the storage account.')
param storageAccountName string

var containerName = 'deployments'

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource service 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: service
  name: containerName
  properties: { publicAccess: 'None' }
}

output url string = '${account.properties.primaryEndpoints.blob}${container.name}'
