"""Words that are frequent in every chat: articles, pronouns, prepositions and the like.

Of English, Spanish, German, French, Italian and Portuguese, a line or some each.
"""

_WORDS = """
a about after all also am an and any are as at be because been but by can could did do does
don't for from get go got had has have he her here him his how i i'm if in into is it it's its
just like me more my no not now of on one or our out over she should so some than that the
their them then there they this those to too up us was we were what when where which who why
will with would you your yes ok
al como con de del el ella en era es esta este está fue ha hay la las le lo los me mi muy más
nada ni nos o para pero por porque pues que qué se ser si sin sobre son su sus sí también te
tengo tiene todo tu un una uno y ya yo
aber alle als also am an auch auf aus bei bin bis da dann das dass de dem den der des die dir
doch du ein eine einem einen einer er es euch für habe haben hat ich ihr im in ist ja jetzt kann
kein keine man mal mich mir mit nach nicht noch nur oder schon sehr sein sich sie sind so
uns und vom von vor war was weil wenn wer wie wir wird wo zu zum zur über
au aux avec c'est ce ces cette comme dans de des du elle en est et eu il ils j'ai je la le les
leur lui mais me moi mon même ne non nous on ont ou oui par pas plus pour qu'il que qui sa sans
ses si son sont sur ta te toi ton tout tu un une vous à être
al alla anche che chi ci come con cosa da dei del della di e ed era gli ha ho il in io la le lei
lo loro lui ma mi mio nel no noi non o per perché più poi quando quello questa questo sei si
sono su ti tu un una uno va è
ao aos as com da das de do dos e ela ele em era essa esse esta este eu foi isso já mais mas me
meu minha muito na nas no nos não nós o os ou para pela pelo por quando que se sem ser seu sim
sua são tem também um uma você à é
"""
STOP_WORDS = frozenset(_WORDS.split())
