{{- define "echogram.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* At most 50 characters: with what is added a name of a pod and of a Service may have 63. */}}
{{- define "echogram.fullname" -}}
{{- $name := include "echogram.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "echogram.selector" -}}
app.kubernetes.io/name: {{ include "echogram.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "echogram.labels" -}}
{{ include "echogram.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "echogram.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end -}}
{{- end }}

{{/* What the level "restricted" of Pod Security asks of a pod. */}}
{{- define "echogram.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.user }}
runAsUser: {{ int64 . }}
runAsGroup: {{ int64 . }}
fsGroup: {{ int64 . }}
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{/* And of a container. */}}
{{- define "echogram.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Settings of every pod. */}}
{{- define "echogram.pod" -}}
{{- if lt (len (values .Values.ports | toStrings | uniq)) (len .Values.ports) }}
{{- fail (printf "ports must all be different: %s" (toJson .Values.ports)) }}
{{- end -}}
automountServiceAccountToken: false
# A Service whose name is that of a command would set the variables of its flags.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "echogram.podSecurity" . | nindent 2 }}
{{- end }}

{{/* Where pods may run, of .Values.mesh or .Values.outside. */}}
{{- define "echogram.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ quote . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pod's own address, before a port. */}}
{{- define "echogram.podHost" -}}
{{ if eq .Values.ipFamily "ipv6" }}[$(POD_IP)]{{ else }}$(POD_IP){{ end }}
{{- end }}

{{/* Where a pod is. Since Kubernetes 1.35 it has the label of its node's zone; before, it is empty. */}}
{{- define "echogram.podEnv" -}}
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: NODE_NAME
  valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
- name: NODE_ZONE
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } }
{{- end }}

{{/* Probes of a container whose metrics are at this port. */}}
{{- define "echogram.probes" -}}
readinessProbe:
  httpGet: { path: /-/ready, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  httpGet: { path: /healthz, port: {{ . }} }
  initialDelaySeconds: 10
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* An object as JSON, with the path of the history. */}}
{{- define "echogram.outsideConfig" -}}
{{- $config := deepCopy .Values.outside.config -}}
{{- if not $config.targets }}
{{- fail "outside.config.targets is empty: name what to watch, or leave outside.enabled false" }}
{{- end }}
{{- $history := default dict $config.history -}}
{{- if hasKey $history "path" }}
{{- fail "outside.config.history.path is set by the chart: use outside.history.persistence to choose a volume" }}
{{- end }}
{{- $set := dict "path" "/var/lib/echogram/watch.db" "max_size" .Values.outside.history.maxSize -}}
{{ toJson (set $config "history" (mergeOverwrite $set $history)) }}
{{- end }}
