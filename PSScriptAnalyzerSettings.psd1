@{
    ExcludeRules = @(
        # PowerShell 7 reads UTF-8 without it.
        'PSUseBOMForUnicodeEncodedFile'
        # The demo and the tests read as one types at a prompt.
        'PSAvoidUsingPositionalParameters'
        # The demo talks to whoever watches it.
        'PSAvoidUsingWriteHost'
        # The tests run lines from tables, and what -AsScript prints, as a user would paste them.
        'PSAvoidUsingInvokeExpression'
        # Pester's blocks share variables in a way that it does not see.
        'PSUseDeclaredVarsMoreThanAssignments'
    )
}
