{{/* The chart's name, and the name of everything that belongs to one release. */}}
{{- define "latchkey.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Cut to 52, so that suffixes such as -migration fit into the 63 of a label. */}}
{{- define "latchkey.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "latchkey.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "latchkey.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.selectorLabels" -}}
app.kubernetes.io/name: {{ include "latchkey.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "latchkey.labels" -}}
{{ include "latchkey.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* The roles that are deployed, by name, each with its values. */}}
{{- define "latchkey.roles" -}}
{{- if .Values.roles.split -}}
{{- dict "web" .Values.roles.web "worker" .Values.roles.worker | toYaml -}}
{{- else -}}
{{- dict "all" .Values.roles.all | toYaml -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "latchkey.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "latchkey.secretName" -}}
{{- if .Values.secrets.create -}}
{{- if .Values.secrets.existingSecret -}}
{{- fail "secrets.create and secrets.existingSecret exclude one another: set one" -}}
{{- end -}}
{{- include "latchkey.fullname" . -}}
{{- else -}}
{{- required "secrets.existingSecret is required: the name of a Secret with LATCHKEY_DATABASE_URL and LATCHKEY_MASTER_KEYS (see the chart's README)" .Values.secrets.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* What the restricted pod security standard asks of a pod, and of a container. */}}
{{- define "latchkey.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int64 . }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "latchkey.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The settings that are secret, read from the Secret by entry. */}}
{{- define "latchkey.secretEnv" -}}
{{- $secret := include "latchkey.secretName" . -}}
- name: LATCHKEY_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ .Values.secrets.keys.databaseUrl }}
- name: LATCHKEY_MASTER_KEYS
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ .Values.secrets.keys.masterKeys }}
- name: LATCHKEY_SMTP_URL
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ .Values.secrets.keys.smtpUrl }}
      optional: true
{{- end -}}
