// Telemetry, accepted from the app's identity only: its address alone lets nobody write.

@description('Name of the component.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Principal id of the identity that publishes.')
param principalId string

var roles = loadJsonContent('../roles.json')

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, roles.monitoringMetricsPublisher)
  scope: component
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

@description('Ingestion address and component id. Azure calls it a connection string; with local authentication off it opens nothing.')
output address string = component.properties.ConnectionString
