; The installer for Windows. `cargo xtask package` calls makensis with VERSION, FROM (the files) and OUT (the installer).
; It installs for one user without administrator's rights or for all, is listed under "Apps", and removes all that it
; installed, and nothing else: models and presets in %LOCALAPPDATA%\earmark are the user's.

Unicode true
ManifestDPIAware true
ManifestSupportedOS all
SetCompressor /SOLID lzma
; The same input gives the same installer: no times of files.
SetDateSave off
; A file that is open cannot be replaced. Skipping it would leave half an update, and a silent one would not even say so.
AllowSkipFiles off

Name "Earmark"
OutFile "${OUT}"
BrandingText "Earmark ${VERSION}"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Earmark"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_INSTDIR "Earmark"
; The choice of last time, so that an update goes where the old version is.
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL_KEY}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallLocation"

!include MultiUser.nsh
!include MUI2.nsh
!include LogicLib.nsh
!include x64.nsh

!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${FROM}/LICENSE-MIT"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Earmark"
VIAddVersionKey "FileDescription" "Earmark installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "The Earmark developers"

; Where hosts look, for all users or for one.
Var PlugIns

!macro FIND_PLUGINS
  ${If} $MultiUser.InstallMode == "AllUsers"
    StrCpy $PlugIns "$COMMONFILES64"
  ${Else}
    StrCpy $PlugIns "$LOCALAPPDATA\Programs\Common"
  ${EndIf}
!macroend

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "Earmark needs 64-bit Windows." /SD IDOK
    SetErrorLevel 1
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro MULTIUSER_INIT
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
FunctionEnd

Section "Earmark"
  !insertmacro FIND_PLUGINS
  SetOutPath "$INSTDIR"
  File "${FROM}/earmark.exe"
  File "${FROM}/README.md"
  File "${FROM}/CHANGELOG.md"
  File "${FROM}/LICENSE-MIT"
  File "${FROM}/LICENSE-APACHE"
  File "${FROM}/NOTICE"

  ; A host that has the old plug-in open keeps it from being written; the installer then offers to try again.
  SetOutPath "$PlugIns\CLAP"
  File "${FROM}/Earmark.clap"
  SetOutPath "$PlugIns\VST3\Earmark.vst3"
  File /r "${FROM}/Earmark.vst3/*.*"
  SetOutPath "$INSTDIR"

  WriteUninstaller "$INSTDIR\Uninstall.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "Earmark"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\earmark.exe"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "The Earmark developers"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
  SectionGetSize 0 $0
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" $0
SectionEnd

Section "Uninstall"
  !insertmacro FIND_PLUGINS
  ; A file that a host has open goes at the next start of Windows.
  Delete /REBOOTOK "$PlugIns\CLAP\Earmark.clap"
  RMDir /r /REBOOTOK "$PlugIns\VST3\Earmark.vst3"
  ; Shared with other plug-ins: these go only when they are empty.
  RMDir "$PlugIns\CLAP"
  RMDir "$PlugIns\VST3"
  ; Nor is this one of ours, but for one user we may have made it.
  RMDir "$PlugIns"

  Delete /REBOOTOK "$INSTDIR\earmark.exe"
  Delete "$INSTDIR\README.md"
  Delete "$INSTDIR\CHANGELOG.md"
  Delete "$INSTDIR\LICENSE-MIT"
  Delete "$INSTDIR\LICENSE-APACHE"
  Delete "$INSTDIR\NOTICE"
  Delete "$INSTDIR\Uninstall.exe"
  ; Not with what is in it: another file there is not ours.
  RMDir "$INSTDIR"
  DeleteRegKey SHCTX "${UNINSTALL_KEY}"
SectionEnd
