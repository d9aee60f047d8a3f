// Flex Consumption: no fixed size, one app a plan.

@description('Name of the plan.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225: Zone redundancy doubles the always-ready instances; without it a lost zone delays work, the timer catches up.
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: { reserved: true }
}

output id string = plan.id
