{{/* Names, labels and the image; nothing here is a resource. */}}

{{- define "drystone.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "drystone.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "drystone.name" .) .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name (include "drystone.name" .) | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* What all pods of a release have: the selector of rules for all of them. */}}
{{- define "drystone.instance" -}}
app.kubernetes.io/name: {{ include "drystone.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The selector of one component: {root, component}. It never changes between releases. */}}
{{- define "drystone.selector" -}}
{{ include "drystone.instance" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Every label of a resource: {root, component}. */}}
{{- define "drystone.labels" -}}
{{ include "drystone.selector" . }}
app.kubernetes.io/part-of: drystone
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "drystone.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ printf "%s@%s" .repository .digest }}
{{- else -}}
{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "drystone.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "drystone.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}
