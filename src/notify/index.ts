export { NotifyConfig, parseNotifyConfig } from './config.ts'
export { Notify, type NotifyDeps } from './notify.ts'
export { isFinding, toOcsf } from './ocsf.ts'
export { ChannelView, CreatedWebhook, DeliveryState, DeliveryView, NewWebhook, WebhookView } from './schema.ts'
