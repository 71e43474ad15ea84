{{- define "lazaret.labels" -}}
app.kubernetes.io/name: lazaret
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end }}

{{- define "lazaret.image" -}}
{{- $digest := index .root.Values.images.digests .service -}}
{{ .root.Values.images.registry }}/{{ .service }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ .root.Values.images.tag }}{{ end }}
{{- end }}

{{- define "lazaret.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "lazaret.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "lazaret.environment" -}}
- { name: LAZARET_DATABASE_URL_FILE, value: /run/secrets/lazaret/database_url }
{{- if ne .service "migrate" }}
- { name: LAZARET_BROKER_URL_FILE, value: /run/secrets/lazaret/broker_url }
- { name: LAZARET_ADMIN_HOST, value: 0.0.0.0 }
- name: LAZARET_INSTANCE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- end }}
{{- if eq .service "gateway" }}
- { name: LAZARET_KEY_PEPPER_FILE, value: /run/secrets/lazaret/key_pepper }
- { name: LAZARET_AUDIT_KEY_FILE, value: /run/secrets/lazaret/audit_key }
{{- end }}
{{- range $name, $value := merge (dict) .settings .root.Values.settings }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}

{{- define "lazaret.secretItems" -}}
- { key: database_url, path: database_url }
{{- if ne .service "migrate" }}
- { key: broker_url, path: broker_url }
{{- end }}
{{- if eq .service "gateway" }}
- { key: key_pepper, path: key_pepper }
- { key: audit_key, path: audit_key }
{{- end }}
{{- end }}
