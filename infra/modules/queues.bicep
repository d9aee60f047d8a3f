// The queues of shared_code/adapters/queue_names.py, each beside the poison queue into which the host moves what failed
// too often; a test holds the two lists together.

@description('Name of the storage account.')
param storageAccountName string

var queueNames = [
  'user-match'
  'user-match-poison'
  'calendar-sync'
  'calendar-sync-poison'
  'calendar-backfill'
  'calendar-backfill-poison'
  'product-delivery'
  'product-delivery-poison'
]

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource service 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = [for queueName in queueNames: {
  parent: service
  name: queueName
}]
