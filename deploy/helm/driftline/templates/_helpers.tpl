{{- define "driftline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Room is left for the longest ending, and for the number of an executor. */}}
{{- define "driftline.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 48 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 48 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* What tells the pods of this release from all others. */}}
{{- define "driftline.release" -}}
app.kubernetes.io/name: {{ include "driftline.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "driftline.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "driftline.release" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "driftline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "driftline.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "driftline.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What all pods have in common. */}}
{{- define "driftline.pod" -}}
serviceAccountName: {{ include "driftline.serviceAccountName" . }}
# Nothing here speaks to Kubernetes.
automountServiceAccountToken: false
# The variables that Kubernetes would make for a Service have names like those of settings.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{/* What all containers have in common. */}}
{{- define "driftline.container" -}}
image: {{ include "driftline.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end }}

{{- define "driftline.claim" -}}
{{- default (printf "%s-data" (include "driftline.fullname" .)) .Values.persistence.existingClaim }}
{{- end }}

{{- define "driftline.schedulerUrl" -}}
df://{{ include "driftline.fullname" . }}-scheduler:{{ .Values.cluster.scheduler.port }}
{{- end }}

{{/* How scheduler and executors are guarded. Without both secret and TLS the NetworkPolicy is all there is. */}}
{{- define "driftline.clusterGuard" -}}
{{- if and .Values.cluster.secret.existingSecret .Values.cluster.tls.existingSecret }}
- --secret-file=/etc/driftline/cluster/secret
- --tls-cert=/etc/driftline/cluster-tls/tls.crt
- --tls-key=/etc/driftline/cluster-tls/tls.key
- --tls-ca=/etc/driftline/cluster-tls/ca.crt
{{- else }}
- --allow-open
{{- end }}
{{- end }}

{{- define "driftline.clusterMounts" -}}
{{- if .Values.cluster.secret.existingSecret }}
- name: cluster-secret
  mountPath: /etc/driftline/cluster
  readOnly: true
{{- end }}
{{- if .Values.cluster.tls.existingSecret }}
- name: cluster-tls
  mountPath: /etc/driftline/cluster-tls
  readOnly: true
{{- end }}
{{- end }}

{{- define "driftline.clusterVolumes" -}}
{{- with .Values.cluster.secret }}
{{- if .existingSecret }}
- name: cluster-secret
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .key }}
        path: secret
{{- end }}
{{- end }}
{{- with .Values.cluster.tls.existingSecret }}
- name: cluster-tls
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{/* Where pods may be placed: called with the values of one of them. */}}
{{- define "driftline.placement" -}}
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

{{/* What of a pod backs up or restores: called with the values (root), a name and the arguments. */}}
{{- define "driftline.archiving" -}}
{{- $claim := required "backup.existingClaim: where are the backups?" .root.Values.backup.existingClaim }}
restartPolicy: Never
{{- with .root.Values.server.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .name }}
    {{- include "driftline.container" .root | nindent 4 }}
    args:
      {{- toYaml .arguments | nindent 6 }}
    env:
      - name: POD_NAME
        valueFrom:
          fieldRef:
            fieldPath: metadata.name
      {{- include "driftline.dataEnv" .root | nindent 6 }}
    resources:
      {{- toYaml .root.Values.backup.resources | nindent 6 }}
    volumeMounts:
      - name: data
        mountPath: /var/lib/driftline
      - name: backups
        mountPath: /backups
      - name: tmp
        mountPath: /var/cache/driftline
volumes:
  - name: data
    persistentVolumeClaim:
      claimName: {{ include "driftline.claim" .root }}
  - name: backups
    persistentVolumeClaim:
      claimName: {{ $claim }}
  - name: tmp
    emptyDir:
      sizeLimit: {{ .root.Values.server.tmpSize }}
{{- end }}

{{/* Where the data are. A folder of its own on the volume: a new volume may hold `lost+found`, and only an empty folder
is restored into. */}}
{{- define "driftline.dataEnv" -}}
- name: DRIFTLINE_SERVER_DATA
  value: /var/lib/driftline/data
{{- with .Values.database.existingSecret }}
- name: DRIFTLINE_SERVER_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.Values.database.key }}
{{- end }}
{{- end }}

{{/* Values that do not go together. */}}
{{- define "driftline.refuse" -}}
{{- $shares := or .Values.persistence.existingClaim (has "ReadWriteMany" .Values.persistence.accessModes) }}
{{- if gt (int .Values.server.replicas) 1 }}
{{- if not .Values.database.existingSecret }}
{{- fail "server.replicas: several instances need PostgreSQL: set database.existingSecret" }}
{{- end }}
{{- if not $shares }}
{{- fail "server.replicas: several instances share their data folder: set persistence.accessModes to [ReadWriteMany], or persistence.existingClaim" }}
{{- end }}
{{- end }}
{{- if .Values.cluster.enabled }}
{{- if not $shares }}
{{- fail "cluster.enabled: executors read the data folder: set persistence.accessModes to [ReadWriteMany], or persistence.existingClaim" }}
{{- end }}
{{- if not (or .Values.networkPolicy.enabled (and .Values.cluster.secret.existingSecret .Values.cluster.tls.existingSecret)) }}
{{- fail "cluster.enabled: who reaches the ports of the cluster can run work on it: leave networkPolicy.enabled true, or set both cluster.secret.existingSecret and cluster.tls.existingSecret" }}
{{- end }}
{{- end }}
{{- end }}
