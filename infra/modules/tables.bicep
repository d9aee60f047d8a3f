// The tables of shared_code/adapters/tables/names.py; a test holds the two lists together.

@description('Name of the storage account.')
param storageAccountName string

var tableNames = [
  'organizations'
  'users'
  'mailboxes'
  'upkeep'
  'signins'
  'productevents'
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource service 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = [for tableName in tableNames: {
  parent: service
  name: tableName
}]
