@{
    ExcludeRules = @(
        # PowerShell 7 reads UTF-8 without it.
        'PSUseBOMForUnicodeEncodedFile'
        # The demo and the tests read as one types at a prompt.
        'PSAvoidUsingPositionalParameters'
        # The demo talks to whoever watches it.
        'PSAvoidUsingWriteHost'
        # Pester's blocks share variables in a way that it does not see.
        'PSUseDeclaredVarsMoreThanAssignments'
    )
}
