{{/* The pod of one component, the same for all but what it is given:
     {root, component, args, settings, resources}, and optionally image, grace, hasKeys, isSandbox, isApi, isJob, command. */}}

{{/* Four fifths of a limit of memory, in bytes: a worker that has more ends in good order before the node's kernel ends it without. */}}
{{- define "drystone.memoryBytesMax" -}}
{{- $units := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := regexFind "[A-Za-z]*$" . -}}
{{- if not (hasKey $units $unit) }}{{ fail (printf "a limit of memory is a number with Mi, Gi or the like, and not %s" .) }}{{ end -}}
{{ mulf (trimSuffix $unit . | float64) (get $units $unit) 0.8 | int64 }}
{{- end }}

{{/* The variables of a process: plain settings, then what is in secrets. */}}
{{- define "drystone.env" -}}
{{- $root := .root -}}
{{- $plain := dict
  "DRYSTONE_MODE" "production"
  "DRYSTONE_DATA_DIR" "/tmp"
  "DRYSTONE_DATABASE_POOL_SIZE" $root.Values.database.poolSize
  "DRYSTONE_TEMPORAL_ADDRESS" (required "temporal.address is Temporal's frontend, host:port" $root.Values.temporal.address)
  "DRYSTONE_TEMPORAL_NAMESPACE" $root.Values.temporal.namespace
  "DRYSTONE_TEMPORAL_TLS" $root.Values.temporal.tls
  "DRYSTONE_OBJECT_STORE_URL" (required "objectStore.url is where large values are kept, such as s3://bucket" $root.Values.objectStore.url)
-}}
{{- if not .isJob }}{{ $_ := set $plain "DRYSTONE_OPS_ADDRESS" "0.0.0.0:9464" }}{{ end -}}
{{- if not (or .isJob .isApi) -}}
{{- $_ := set $plain "DRYSTONE_WORKER_MEMORY_BYTES_MAX" (include "drystone.memoryBytesMax" (toString .resources.limits.memory)) -}}
{{- end -}}
{{- with $root.Values.temporal.serverName }}{{ $_ := set $plain "DRYSTONE_TEMPORAL_SERVER_NAME" . }}{{ end -}}
{{- if $root.Values.temporal.certificates.existingSecret -}}
{{- $_ := set $plain "DRYSTONE_TEMPORAL_CERTIFICATE_FILE" "/etc/drystone/temporal-certificate/tls.crt" -}}
{{- $_ := set $plain "DRYSTONE_TEMPORAL_KEY_FILE" "/etc/drystone/temporal-key/tls.key" -}}
{{- if $root.Values.temporal.certificates.hasAuthority }}{{ $_ := set $plain "DRYSTONE_TEMPORAL_CA_FILE" "/etc/drystone/temporal-ca/ca.crt" }}{{ end -}}
{{- end -}}
{{- with $root.Values.temporal.uiUrl }}{{ $_ := set $plain "DRYSTONE_TEMPORAL_UI_URL" . }}{{ end -}}
{{- /* Who may not reach the collector sends nothing there: its spans would count as lost. */ -}}
{{- $policies := $root.Values.networkPolicies -}}
{{- $isCut := and .isSandbox $policies.enabled (not $policies.servers.collector.sandbox) -}}
{{- if and $root.Values.telemetry.otlpEndpoint (not $isCut) -}}
{{- $_ := set $plain "DRYSTONE_OTLP_ENDPOINT" $root.Values.telemetry.otlpEndpoint -}}
{{- $_ := set $plain "DRYSTONE_TRACE_RATIO" $root.Values.telemetry.traceRatio -}}
{{- end -}}
{{- if $root.Values.codec.existingSecret }}{{ $_ := set $plain "DRYSTONE_CODEC_KEY_FILE" "/etc/drystone/codec/keys.json" }}{{ end -}}
{{- if .hasKeys -}}
{{- $_ := set $plain "DRYSTONE_KEY_FILE" "/etc/drystone/keys/keys.json" -}}
{{- if $root.Values.oauth.existingSecret }}{{ $_ := set $plain "DRYSTONE_OAUTH_FILE" "/etc/drystone/oauth/oauth.json" }}{{ end -}}
{{- end -}}
{{- $plain = mergeOverwrite $plain (deepCopy $root.Values.settings) (deepCopy (default dict .settings)) -}}
{{- range $name := keys $plain | sortAlpha }}
- name: {{ $name }}
  value: {{ get $plain $name | toString | quote }}
{{- end }}
- name: DRYSTONE_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ $root.Values.database.existingSecret }}
      key: {{ $root.Values.database.key }}
{{- if $root.Values.temporal.apiKey.existingSecret }}
- name: DRYSTONE_TEMPORAL_API_KEY
  valueFrom:
    secretKeyRef:
      name: {{ $root.Values.temporal.apiKey.existingSecret }}
      key: {{ $root.Values.temporal.apiKey.key }}
{{- end }}
{{- end }}

{{/* Files of secrets that the process has, and where: {name, secret, key, file}. */}}
{{- define "drystone.secretFiles" -}}
{{- $files := list -}}
{{- with .root.Values.codec }}{{ if .existingSecret }}{{ $files = append $files (dict "name" "codec" "secret" .existingSecret "key" .key "file" "keys.json") }}{{ end }}{{ end -}}
{{- with .root.Values.temporal.certificates }}{{ if .existingSecret -}}
{{- $files = append $files (dict "name" "temporal-certificate" "secret" .existingSecret "key" "tls.crt" "file" "tls.crt") -}}
{{- $files = append $files (dict "name" "temporal-key" "secret" .existingSecret "key" "tls.key" "file" "tls.key") -}}
{{- if .hasAuthority }}{{ $files = append $files (dict "name" "temporal-ca" "secret" .existingSecret "key" "ca.crt" "file" "ca.crt") }}{{ end -}}
{{- end }}{{ end -}}
{{- if .hasKeys -}}
{{- with .root.Values.keys }}{{ $files = append $files (dict "name" "keys" "secret" .existingSecret "key" .key "file" "keys.json") }}{{ end -}}
{{- with .root.Values.oauth }}{{ if .existingSecret }}{{ $files = append $files (dict "name" "oauth" "secret" .existingSecret "key" .key "file" "oauth.json") }}{{ end }}{{ end -}}
{{- end -}}
{{ $files | toJson }}
{{- end }}

{{- define "drystone.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: ops}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: ops}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
{{- if .isApi }}
  httpGet:
    path: /readyz
    port: http
    # The kubelet would name the pod's address, which the API does not answer to.
    httpHeaders:
      - name: Host
        value: {{ first .root.Values.api.allowedHosts | default "localhost" | quote }}
{{- else }}
  httpGet: {path: /readyz, port: ops}
{{- end }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{- define "drystone.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
{{- $opened := and .isSandbox .root.Values.sandbox.userNamespaces }}
seccompProfile:
{{- if and $opened .root.Values.sandbox.seccompProfile }}
  type: Localhost
  localhostProfile: {{ .root.Values.sandbox.seccompProfile }}
{{- else }}
  type: {{ if $opened }}Unconfined{{ else }}RuntimeDefault{{ end }}
{{- end }}
{{- end }}

{{- define "drystone.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- if and .isSandbox .root.Values.sandbox.userNamespaces }}
# A new /proc can be mounted in a namespace only where the outer one is whole.
procMount: Unmasked
{{- end }}
{{- end }}

{{- define "drystone.pod" -}}
{{- $files := include "drystone.secretFiles" . | fromJsonArray -}}
metadata:
  labels:
    {{- include "drystone.labels" . | nindent 4 }}
    {{- with .root.Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with .root.Values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  # The account of this release is not there yet when the job of an installation runs.
  serviceAccountName: {{ if .isJob }}default{{ else }}{{ include "drystone.serviceAccount" .root }}{{ end }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ default .root.Values.terminationGracePeriodSeconds .grace }}
  {{- with .root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .root.Values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .isJob }}
  restartPolicy: Never
  {{- end }}
  {{- if .isSandbox }}
  {{- with .root.Values.sandbox.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- if .root.Values.sandbox.userNamespaces }}
  hostUsers: false
  {{- end }}
  {{- end }}
  securityContext: {{- include "drystone.podSecurity" . | nindent 4 }}
  {{- if not .isJob }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "drystone.selector" . | nindent 10 }}
  {{- end }}
  {{- with .root.Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: drystone
      image: {{ default (include "drystone.image" .root) .image | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- with .command }}
      command: {{- toYaml . | nindent 8 }}
      {{- end }}
      args: {{- toYaml .args | nindent 8 }}
      env: {{- include "drystone.env" . | nindent 8 }}
      {{- with .root.Values.objectStore.existingSecret }}
      envFrom:
        - secretRef: {name: {{ . }}}
      {{- end }}
      {{- if not .isJob }}
      ports:
        {{- if .isApi }}
        - {name: http, containerPort: {{ .root.Values.api.port }}}
        {{- end }}
        - {name: ops, containerPort: 9464}
      {{- include "drystone.probes" . | nindent 6 }}
      {{- end }}
      {{- if .isApi }}
      # Requests still come while the endpoint is being taken out.
      lifecycle:
        preStop:
          sleep: {seconds: 5}
      {{- end }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext: {{- include "drystone.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- range $files }}
        - {name: {{ .name }}, mountPath: /etc/drystone/{{ .name }}, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 2Gi}
    {{- range $files }}
    - name: {{ .name }}
      secret:
        secretName: {{ .secret }}
        # The group may read it, nobody may write it, others nothing.
        defaultMode: 0440
        items:
          - {key: {{ .key }}, path: {{ .file }}}
    {{- end }}
{{- end }}
